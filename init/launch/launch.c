/*
 * launch: becomes a service. What child_process.spawn cannot do, and what must happen between fork and exec:
 * cgroup, session, signals, descriptors, limits, out-of-memory score, capabilities, user, no_new_privs, seccomp. Then it
 * executes the file open as descriptor 3, which is the one that PID 1 hashed: what was checked is what runs.
 *
 *   launch --cgroup DIR --uid N --gid N --caps all|none|NAME,... --oom N --nofile N [--nproc N] [--fds N]
 *          [--no-new-privs] [--no-exec] -- ARGV0 [ARG...]
 *
 * --fds N: descriptors 4 to 3+N go to the service as 3 to 2+N; 0, 1 and 2 stay; every other one is closed.
 * --no-exec: the service, and all that comes of it, executes nothing after this: no file, no memory file (seccomp(2)), and no
 * memory that it could write (PR_SET_MDWE, Linux 6.3): what it is made of is all that it is ever made of.
 * A step that fails: one line on standard error, exit 126. Nothing is tried twice or skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* the same number on every architecture */
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

enum { EXECUTABLE = 3, MOST_FDS = 1024, LAST_SIGNAL = 64 };

/* include/uapi/linux/capability.h, in the order of their numbers; musl-gcc has no kernel headers. */
static const char *const capability_names[] = {
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
};
enum { DAC_OVERRIDE = 1, CAPABILITY_NAMES = sizeof capability_names / sizeof *capability_names };

struct capability_header { uint32_t version; int pid; };
struct capability_data { uint32_t effective, permitted, inheritable; };
static const uint32_t CAPABILITY_VERSION_3 = 0x20080522;

struct options {
  const char *cgroup, *caps;
  long long uid, gid, oom, nofile, nproc, fds; /* LLONG_MIN: not given */
  int no_new_privs, no_exec;
};

static _Noreturn void fail(const char *step) {
  dprintf(2, "launch: %s: %s\n", step, strerror(errno));
  _exit(126);
}

static _Noreturn void refuse(const char *what, const char *argument) {
  dprintf(2, "launch: arguments: %s: %.200s\n", what, argument);
  _exit(126);
}

static void check(long result, const char *step) {
  if (result < 0) fail(step);
}

/* Decimal digits, a minus only where `min` is below zero; nothing else, nothing around it. */
static long long number(const char *option, const char *text, long long min, long long max) {
  const char *digits = text + (min < 0 && *text == '-');
  if (*digits == 0 || strlen(digits) > 10 || digits[strspn(digits, "0123456789")] != 0) refuse("not a number", option);
  long long value = strtoll(text, NULL, 10);
  if (value < min || value > max) refuse("out of range", option);
  return value;
}

static void once(int given, const char *option) {
  if (given) refuse("given twice", option);
}

/* Fills `o`; returns the service's own argument vector. */
static char **parse(int argc, char **argv, struct options *o) {
  const struct { const char *name; long long *value, min, max; } numbers[] = {
      {"--uid", &o->uid, 0, UINT32_MAX - 1},     {"--gid", &o->gid, 0, UINT32_MAX - 1},
      {"--oom", &o->oom, -1000, 1000},           {"--nofile", &o->nofile, 16, 1 << 30},
      {"--nproc", &o->nproc, 1, 1 << 30},        {"--fds", &o->fds, 0, MOST_FDS},
  };
  const struct { const char *name; const char **value; } strings[] = {{"--cgroup", &o->cgroup}, {"--caps", &o->caps}};
  int i = 1;
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *name = argv[i];
    if (strcmp(name, "--no-new-privs") == 0) {
      once(o->no_new_privs, name);
      o->no_new_privs = 1;
      continue;
    }
    if (strcmp(name, "--no-exec") == 0) {
      once(o->no_exec, name);
      o->no_exec = 1;
      continue;
    }
    size_t known = 0;
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
      if (strcmp(name, numbers[n].name) != 0) continue;
      once(*numbers[n].value != LLONG_MIN, name);
      if (++i >= argc) refuse("no value", name);
      *numbers[n].value = number(name, argv[i], numbers[n].min, numbers[n].max);
      known = 1;
      break;
    }
    for (size_t n = 0; !known && n < sizeof strings / sizeof *strings; n++) {
      if (strcmp(name, strings[n].name) != 0) continue;
      once(*strings[n].value != NULL, name);
      if (++i >= argc) refuse("no value", name);
      *strings[n].value = argv[i];
      known = 1;
    }
    if (!known) refuse("unknown", name);
  }
  for (size_t n = 0; n < 4; n++)
    if (*numbers[n].value == LLONG_MIN) refuse("missing", numbers[n].name);
  for (size_t n = 0; n < 2; n++)
    if (*strings[n].value == NULL) refuse("missing", strings[n].name);
  if (o->no_exec && !o->no_new_privs) refuse("without --no-new-privs", "--no-exec");
  if (o->cgroup[0] != '/') refuse("not an absolute path", "--cgroup");
  if (i + 1 >= argc) refuse("missing", "-- ARGV0");
  return argv + i + 1;
}

/* `all`: what this process has. */
static uint64_t capability_set(const char *list) {
  uint64_t set = 0;
  if (strcmp(list, "none") == 0) return 0;
  if (strcmp(list, "all") == 0) {
    struct capability_header header = {CAPABILITY_VERSION_3, 0};
    struct capability_data data[2] = {{0}};
    check(syscall(SYS_capget, &header, data), "capget");
    return data[0].permitted | (uint64_t)data[1].permitted << 32;
  }
  for (const char *name = list;; name++) {
    size_t length = strcspn(name, ","), n = 0;
    while (n < CAPABILITY_NAMES &&
           (strlen(capability_names[n]) != length || strncmp(capability_names[n], name, length) != 0)) n++;
    if (n == CAPABILITY_NAMES) refuse("no such capability in --caps", name);
    set |= UINT64_C(1) << n;
    name += length;
    if (*name == 0) return set;
  }
}

static void write_file(const char *directory, const char *name, const char *text, const char *step) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    fail(step);
  }
  int file = open(path, O_WRONLY | O_CLOEXEC);
  check(file, step);
  check(write(file, text, strlen(text)), step);
  check(close(file), step);
}

/* Node ignores SIGPIPE and blocks signals around fork: a service begins with none of that. */
static void reset_signals(void) {
  struct sigaction initial = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) /* EINVAL: KILL, STOP and what libc keeps for itself */
    if (sigaction(signal, &initial, NULL) < 0 && errno != EINVAL) fail("sigaction");
  sigset_t none;
  sigemptyset(&none);
  check(sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask");
}

/* Returns where the executable is now: above all that the service keeps, and closed when it runs. */
static int arrange_descriptors(int fds) {
  int executable = fcntl(EXECUTABLE, F_DUPFD_CLOEXEC, EXECUTABLE + 1 + fds);
  check(executable, "descriptor of the executable");
  for (int i = 0; i < fds; i++) check(dup2(EXECUTABLE + 1 + i, EXECUTABLE + i), "descriptor to pass on");
  check(syscall(SYS_close_range, EXECUTABLE + fds, executable - 1, 0), "close_range");
  check(syscall(SYS_close_range, executable + 1, ~0U, 0), "close_range");
  return executable;
}

static void limit(int resource, long long value, const char *step) {
  struct rlimit both = {(rlim_t)value, (rlim_t)value};
  check(setrlimit(resource, &both), step);
}

/* A descriptor behind the limit that the service will have: it can never make another of this number. */
static int out_of_reach(int executable, long long nofile) {
  limit(RLIMIT_NOFILE, nofile + 1, "open files limit");
  int far = fcntl(executable, F_DUPFD_CLOEXEC, (int)nofile);
  check(far, "descriptor behind the limit of open files");
  close(executable);
  return far;
}

static void change_user(const struct options *o, uint64_t set) {
  for (int n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++) /* EINVAL behind the last one */
    if (n >= 64 || !(set >> n & 1)) check(prctl(PR_CAPBSET_DROP, n, 0, 0, 0), "bounding set");
  check(setgroups(0, NULL), "setgroups");
  check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities");
  check(setresgid((gid_t)o->gid, (gid_t)o->gid, (gid_t)o->gid), "setresgid");
  check(setresuid((uid_t)o->uid, (uid_t)o->uid, (uid_t)o->uid), "setresuid");
  /* exec gives root its whole bounding set. Others get theirs through the ambient set, which must be inheritable
     too; root's inheritable set stays empty, or containers would inherit it (CVE-2022-24769). */
  uint64_t inheritable = o->uid == 0 ? 0 : set;
  /* Executables of the image may be root's alone (Node is). This one lasts until the exec, which gives a user other
     than root what is ambient and nothing else. */
  uint64_t now = o->uid == 0 ? set : set | UINT64_C(1) << DAC_OVERRIDE;
  struct capability_header header = {CAPABILITY_VERSION_3, 0};
  struct capability_data data[2] = {
      {(uint32_t)now, (uint32_t)now, (uint32_t)inheritable},
      {(uint32_t)(now >> 32), (uint32_t)(now >> 32), (uint32_t)(inheritable >> 32)},
  };
  check(syscall(SYS_capset, &header, data), "capset");
  check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set");
  for (int n = 0; n < 64; n++)
    if (inheritable >> n & 1) check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0, 0), "ambient set");
}

/* include/uapi/linux/{filter,seccomp,audit}.h */
struct filter_line { uint16_t code; uint8_t if_true, if_false; uint32_t k; };
struct filter { unsigned short length; const struct filter_line *lines; };
enum { LOAD = 0x20, EQUAL = 0x15, AT_LEAST = 0x35, RETURN = 0x06 };
#define ALLOW 0x7fff0000u
#define KILL_PROCESS 0x80000000u
#define ANSWER_EPERM (0x00050000u | EPERM)
#if defined(__x86_64__)
enum { ARCHITECTURE = (int)0xc000003e, X32 = 0x40000000 };
#elif defined(__aarch64__)
enum { ARCHITECTURE = (int)0xc00000b7, X32 = 0x40000000 /* no number is that large there */ };
#else
#error "seccomp filters know their architecture"
#endif
#define CALL_NUMBER 0
#define CALL_ARCHITECTURE 4
#define ARGUMENT(n) (16 + 8 * (n)) /* its lower half: both architectures are little-endian */

/*
 * Execution of anything but `executable`, which the service's limit of open files does not reach: once this program has
 * become the service, no call can name that descriptor again. Memory files could be executed through /proc/self/fd.
 */
static void forbid_exec(int executable) {
#define REFUSE(call) {EQUAL, 0, 1, (call)}, {RETURN, 0, 0, ANSWER_EPERM}
  const struct filter_line lines[] = {
      {LOAD, 0, 0, CALL_ARCHITECTURE},
      {EQUAL, 1, 0, (uint32_t)ARCHITECTURE},
      {RETURN, 0, 0, KILL_PROCESS},
      {LOAD, 0, 0, CALL_NUMBER},
      {AT_LEAST, 0, 1, X32},
      {RETURN, 0, 0, KILL_PROCESS},
      REFUSE(SYS_execve),
      REFUSE(SYS_memfd_create),
      REFUSE(SYS_ptrace),
      REFUSE(SYS_process_vm_readv),
      REFUSE(SYS_process_vm_writev),
      REFUSE(SYS_mount),
      REFUSE(SYS_unshare),
      REFUSE(SYS_setns),
      REFUSE(SYS_bpf),
      REFUSE(SYS_perf_event_open),
      REFUSE(SYS_keyctl),
      REFUSE(425 /* io_uring_setup */),
      {EQUAL, 0, 3, SYS_execveat},
      {LOAD, 0, 0, ARGUMENT(0)},
      {EQUAL, 1, 0, (uint32_t)executable},
      {RETURN, 0, 0, ANSWER_EPERM},
      {RETURN, 0, 0, ALLOW},
  };
#undef REFUSE
  const struct filter filter = {sizeof lines / sizeof *lines, lines};
  check(prctl(22 /* PR_SET_SECCOMP */, 2 /* SECCOMP_MODE_FILTER */, &filter, 0, 0), "seccomp");
}

/* include/uapi/linux/prctl.h. It outlasts the exec, and cannot be taken back. */
static void forbid_new_code(void) {
  check(prctl(65 /* PR_SET_MDWE */, 1 /* PR_MDWE_REFUSE_EXEC_GAIN */, 0, 0, 0), "memory-deny-write-execute");
}

int main(int argc, char **argv) {
  struct options o = {NULL, NULL, LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN, 0, 0};
  char **service = parse(argc, argv, &o);
  uint64_t capabilities = capability_set(o.caps);
  char oom[16];
  snprintf(oom, sizeof oom, "%lld", o.oom);

  write_file(o.cgroup, "cgroup.procs", "0", "cgroup");
  check(setsid(), "setsid");
  umask(0022);
  reset_signals();
  int executable = arrange_descriptors(o.fds == LLONG_MIN ? 0 : (int)o.fds);
  if (o.no_exec) executable = out_of_reach(executable, o.nofile);
  write_file("/proc/self", "oom_score_adj", oom, "oom_score_adj");
  limit(RLIMIT_CORE, 0, "core limit");
  limit(RLIMIT_NOFILE, o.nofile, "open files limit");
  if (o.nproc != LLONG_MIN) limit(RLIMIT_NPROC, o.nproc, "processes limit");
  change_user(&o, capabilities);
  if (o.no_new_privs) check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  if (o.no_exec) {
    forbid_new_code();
    forbid_exec(executable);
  }
  extern char **environ;
  syscall(SYS_execveat, executable, "", service, environ, AT_EMPTY_PATH);
  fail("execveat");
}
