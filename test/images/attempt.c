/*
 * attempt: tries one thing by a raw system call, and prints one line: `ok …`, or `errno NAME`.
 * Exit code 0 either way; 2 for wrong usage, with the usage on standard error.
 * Numbers that musl's headers do not have are from Linux's include/uapi and arch/x86/entry/syscalls.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { NR_io_uring_setup = 425, NR_open_tree = 428, NR_move_mount, NR_openat2 = 437, NR_mount_setattr = 442 };

static const struct { int number; const char *name; } errors[] = {
#define E(name) { name, #name }
    E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(EAGAIN), E(ENOMEM),
    E(EACCES), E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR), E(EINVAL),
    E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK), E(ERANGE),
    E(ENAMETOOLONG), E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(EOVERFLOW), E(EUSERS), E(EPROTONOSUPPORT), E(EPROTOTYPE),
    E(ESOCKTNOSUPPORT), E(EOPNOTSUPP), E(EPFNOSUPPORT), E(EAFNOSUPPORT), E(EADDRNOTAVAIL), E(ENOBUFS), E(ESTALE),
    E(EDQUOT), E(ENOKEY), E(EKEYEXPIRED), E(EKEYREVOKED), E(EKEYREJECTED), E(ELIBBAD),
#undef E
};

/* What an attempt adds after `ok`. */
static char detail[512];

static long number(const char *text, int base) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    if (errno != 0 || end == text || *end != '\0') {
        fprintf(stderr, "attempt: '%s' is not a number\n", text);
        exit(2);
    }
    return value;
}

/* Which of two words `text` is: 0 or 1. */
static int either(const char *text, const char *first, const char *second) {
    if (strcmp(text, first) == 0) return 0;
    if (strcmp(text, second) == 0) return 1;
    fprintf(stderr, "attempt: '%s' is neither %s nor %s\n", text, first, second);
    exit(2);
}

static long mount_setattr_(char **a) {
    static const char *const names[] = { "ro", "nosuid", "nodev", "noexec" };
    struct { uint64_t set, clear, propagation, user_namespace; } attributes = { 0 };
    int set = either(a[1], "clear", "set");
    for (int bit = 0; bit < 4; bit++) {
        if (strcmp(a[2], names[bit]) != 0) continue;
        *(set ? &attributes.set : &attributes.clear) = 1u << bit; /* MOUNT_ATTR_RDONLY, …_NOEXEC */
        return syscall(NR_mount_setattr, AT_FDCWD, a[0], 0, &attributes, sizeof attributes);
    }
    fprintf(stderr, "attempt: '%s' is not one of ro, nosuid, nodev, noexec\n", a[2]);
    exit(2);
}

static long open_tree_move(char **a) {
    long tree = syscall(NR_open_tree, AT_FDCWD, a[0], 1 | O_CLOEXEC); /* OPEN_TREE_CLONE */
    return tree < 0 ? tree : syscall(NR_move_mount, (int)tree, "", AT_FDCWD, a[1], 4); /* …_F_EMPTY_PATH */
}

/* Only read-only changes: what else would be cleared is set again, so that it does not cause the refusal. */
static long remount(char **a) {
    struct statvfs now;
    int read_only = either(a[1], "rw", "ro");
    if (statvfs(a[0], &now) != 0) return -1;
    unsigned long kept = now.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
    if (now.f_flag & 4096) kept |= MS_RELATIME; /* ST_RELATIME has another value */
    return mount("none", a[0], NULL, MS_REMOUNT | MS_BIND | kept | (read_only ? MS_RDONLY : 0), NULL);
}

/* Lazily: `busy` would hide whether it is allowed. */
static long umount_(char **a) { return umount2(a[0], MNT_DETACH); }

static long pivot(char **a) { return chdir(a[0]) != 0 ? -1 : syscall(SYS_pivot_root, ".", "."); }

static long mknod_(char **a) {
    mode_t type = either(a[1], "c", "b") ? S_IFBLK : S_IFCHR;
    return mknod(a[0], type | 0600, makedev((unsigned)number(a[2], 0), (unsigned)number(a[3], 0)));
}

static long socket_(char **a) {
    return socket((int)number(a[0], 0), (int)number(a[1], 0), a[2] ? (int)number(a[2], 0) : 0);
}

/* next-id: BPF_MAP_GET_NEXT_ID, ENOENT where it is allowed and there is none. prog-load: `return 0`. */
static long bpf(char **a) {
    uint32_t next_id[4] = { 0 };
    uint64_t program[2] = { 0xb7, 0x95 }; /* r0 = 0; exit */
    struct { uint32_t type, length; uint64_t instructions, license; uint8_t rest[96]; } load = {
        1, 2, (uintptr_t)program, (uintptr_t)"GPL", { 0 } /* BPF_PROG_TYPE_SOCKET_FILTER */
    };
    if (either(a[0], "next-id", "prog-load")) return syscall(SYS_bpf, 5, &load, 72);
    return syscall(SYS_bpf, 12, next_id, sizeof next_id);
}

static long perf(char **a) {
    struct { uint32_t type, size; uint64_t rest[15]; } event = { 1, 64, { 0 } }; /* software, CPU clock */
    int whole = a[0] != NULL && either(a[0], "self", "system");
    return syscall(SYS_perf_event_open, &event, whole ? -1 : 0, whole ? 0 : -1, -1, 0);
}

static long userfaultfd_(char **a) { return (void)a, syscall(SYS_userfaultfd, O_CLOEXEC); }

/* As the 'shocker' exploit of 2014: inode 2 of the file system below a path. ESTALE where it is allowed. */
static long open_by_handle(char **a) {
    struct { uint32_t bytes; int32_t type; uint32_t inode, generation; } handle = { 8, 1, 2, 0 };
    int mount = open(a[0] ? a[0] : "/", O_RDONLY | O_CLOEXEC);
    return mount < 0 ? -1 : syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY);
}

/* No segments: takes away what is loaded, which is nothing. */
static long kexec(char **a) { return (void)a, syscall(SYS_kexec_load, 0, 0, NULL, 0); }

/* ENOEXEC where it is allowed. */
static long init_module_(char **a) { return (void)a, syscall(SYS_init_module, "none", 4, ""); }

/* ENOENT where it is allowed. */
static long swapon_(char **a) { return syscall(SYS_swapon, a[0] ? a[0] : "/nonexistent", 0); }

/* Q_QUOTAOFF for users. ENOENT, ENOTBLK, ENOSYS or ESRCH where it is allowed. */
static long quotactl_(char **a) {
    return syscall(SYS_quotactl, (int)(0x800003u << 8), a[0] ? a[0] : "/nonexistent", 0, NULL);
}

static long acct_(char **a) { return (void)a, syscall(SYS_acct, NULL); }

static long settime(char **a) {
    struct timespec now;
    (void)a;
    return syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) ? -1 : syscall(SYS_clock_settime, CLOCK_REALTIME, &now);
}

static long io_uring(char **a) {
    uint32_t parameters[30] = { 0 };
    return (void)a, syscall(NR_io_uring_setup, 1, parameters);
}

static long keyctl_describe(char **a) {
    return syscall(SYS_keyctl, 6, number(a[0], 0), detail, sizeof detail - 1); /* KEYCTL_DESCRIBE */
}

static long add_key(char **a) {
    (void)a;
    long serial = syscall(SYS_add_key, "user", "attempt", "x", 1, -2); /* KEY_SPEC_PROCESS_KEYRING */
    if (serial >= 0) snprintf(detail, sizeof detail, "%ld", serial);
    return serial;
}

static long setns_(char **a) {
    int namespace = open(a[0], O_RDONLY | O_CLOEXEC);
    return namespace < 0 ? -1 : syscall(SYS_setns, namespace, 0);
}

static long unshare_(char **a) { return syscall(SYS_unshare, number(a[0], 16)); }

static long sched_fifo(char **a) {
    int priority = 1;
    return (void)a, syscall(SYS_sched_setscheduler, 0, 1, &priority); /* SCHED_FIFO; musl's own says ENOSYS */
}

static long oom_score(char **a) {
    (void)number(a[0], 10);
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    return file < 0 ? -1 : write(file, a[0], strlen(a[0]));
}

static long openat2_beneath(char **a) {
    struct { uint64_t flags, mode, resolve; } how = { O_RDONLY | O_CLOEXEC, 0, 0x01 | 0x08 }; /* NO_XDEV, BENEATH */
    int root = open(a[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root < 0 ? -1 : syscall(NR_openat2, root, a[1], &how, sizeof how);
}

/* Runs a copy of this program from memory: the copy says `ok`. */
static long memfd_exec(char **a) {
    static char block[65536];
    ssize_t length;
    char *arguments[] = { "attempt", "executed", NULL };
    (void)a;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    long copy = syscall(SYS_memfd_create, "attempt", 1 | 0x10); /* MFD_CLOEXEC, MFD_EXEC: Linux 6.3 */
    if (copy < 0 && errno == EINVAL) copy = syscall(SYS_memfd_create, "attempt", 1);
    if (self < 0 || copy < 0) return -1;
    while ((length = read(self, block, sizeof block)) > 0)
        if (write((int)copy, block, (size_t)length) != length) return -1;
    return length < 0 ? -1 : syscall(SYS_execveat, (int)copy, "", arguments, environ, AT_EMPTY_PATH);
}

static long executed(char **a) { return (void)a, 0; }

static long ptmx(char **a) {
    unsigned index;
    (void)a;
    int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || ioctl(terminal, TIOCGPTN, &index) != 0) return -1;
    snprintf(detail, sizeof detail, "pts/%u", index);
    return 0;
}

/* cap_net_bind_service=ep, version 2: linux/capability.h, vfs_cap_data */
static long set_capability(char **a) {
    uint32_t data[5] = { 0x02000001, 1u << 10, 0, 0, 0 };
    return setxattr(a[0], "security.capability", data, sizeof data, 0);
}

/* restart: of a pid namespace, its end (pid_namespaces(7)). cad-off: changes how ctrl-alt-del is taken, as it is already. */
static long reboot_(char **a) {
    unsigned command = either(a[0], "restart", "cad-off") ? 0 : 0x01234567;
    return syscall(SYS_reboot, 0xfee1dead, 672274793, command, NULL);
}

/* Attaches without stopping it. */
static long ptrace_(char **a) { return syscall(SYS_ptrace, 0x4206 /* PTRACE_SEIZE */, number(a[0], 10), 0, 0); }

static long sethostname_(char **a) { return syscall(SYS_sethostname, a[0], strlen(a[0])); }

/* Exchanges two names for ever, while others go through them. */
static long exchange(char **a) {
    long result;
    do result = syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], 2); /* RENAME_EXCHANGE */
    while (result == 0);
    return result;
}

/* Ports of ADDRESS that take a TCP connection, all or one. */
static long scan(char **a) {
    enum { AT_ONCE = 200, PATIENCE_MS = 3000 };
    struct addrinfo hint = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *address;
    if (getaddrinfo(a[0], NULL, &hint, &address) != 0) {
        errno = EINVAL;
        return -1;
    }
    long first = a[1] == NULL ? 1 : number(a[1], 10), last = a[1] == NULL ? 65535 : first;
    struct pollfd waiting[AT_ONCE];
    size_t length = 0;
    for (long next = first; next <= last; next += AT_ONCE) {
        int count = 0;
        for (long port = next; port <= last && count < AT_ONCE; port++, count++) {
            waiting[count].fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            if (waiting[count].fd < 0) return -1;
            waiting[count].events = POLLOUT;
            ((struct sockaddr_in *)address->ai_addr)->sin_port = htons(port); /* at the same place in sockaddr_in6 */
            if (connect(waiting[count].fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) continue;
            close(waiting[count].fd); /* no way there, or nobody */
            waiting[count].fd = -1;
        }
        struct timespec now, start;
        clock_gettime(CLOCK_MONOTONIC, &start);
        int left = 0;
        for (int i = 0; i < count; i++) left += waiting[i].fd >= 0;
        while (left > 0) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            long rest = PATIENCE_MS - (now.tv_sec - start.tv_sec) * 1000 - (now.tv_nsec - start.tv_nsec) / 1000000;
            if (rest <= 0 || poll(waiting, count, rest) <= 0) break;
            for (int i = 0; i < count; i++) {
                if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
                int error = 0;
                socklen_t size = sizeof error;
                getsockopt(waiting[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
                if (error == 0 && length < sizeof detail - 8)
                    length += snprintf(detail + length, sizeof detail - length, "%s%ld", length ? " " : "", next + i);
                close(waiting[i].fd);
                waiting[i].fd = -1;
                left--;
            }
        }
        for (int i = 0; i < count; i++)
            if (waiting[i].fd >= 0) close(waiting[i].fd);
    }
    freeaddrinfo(address);
    return 0;
}

/* Machine code of one's own making, as compilers at run time have it. */
static long new_code(char **a) {
    (void)a;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static const struct { const char *name, *arguments; int least, most; long (*try)(char **); } attempts[] = {
    { "mount-setattr", "PATH clear|set ro|nosuid|nodev|noexec", 3, 3, mount_setattr_ },
    { "open-tree-move", "SOURCE TARGET", 2, 2, open_tree_move },
    { "remount", "PATH rw|ro", 2, 2, remount },
    { "umount", "PATH", 1, 1, umount_ },
    { "pivot", "DIRECTORY", 1, 1, pivot },
    { "mknod", "PATH c|b MAJOR MINOR", 4, 4, mknod_ },
    { "socket", "FAMILY TYPE [PROTOCOL]", 2, 3, socket_ },
    { "bpf", "next-id|prog-load", 1, 1, bpf },
    { "perf", "[self|system]", 0, 1, perf },
    { "userfaultfd", "", 0, 0, userfaultfd_ },
    { "open-by-handle", "[MOUNT]", 0, 1, open_by_handle },
    { "kexec", "", 0, 0, kexec },
    { "init-module", "", 0, 0, init_module_ },
    { "swapon", "[PATH]", 0, 1, swapon_ },
    { "quotactl", "[DEVICE]", 0, 1, quotactl_ },
    { "acct", "", 0, 0, acct_ },
    { "settime", "", 0, 0, settime },
    { "io-uring", "", 0, 0, io_uring },
    { "keyctl-describe", "SERIAL", 1, 1, keyctl_describe },
    { "add-key", "", 0, 0, add_key },
    { "setns", "PATH", 1, 1, setns_ },
    { "unshare", "FLAGS (hexadecimal)", 1, 1, unshare_ },
    { "sched-fifo", "", 0, 0, sched_fifo },
    { "oom-score", "VALUE", 1, 1, oom_score },
    { "openat2-beneath", "ROOT PATH", 2, 2, openat2_beneath },
    { "memfd-exec", "", 0, 0, memfd_exec },
    { "executed", "", 0, 0, executed },
    { "new-code", "", 0, 0, new_code },
    { "ptmx", "", 0, 0, ptmx },
    { "set-capability", "FILE", 1, 1, set_capability },
    { "scan", "ADDRESS [PORT]", 1, 2, scan },
    { "exchange", "PATH PATH", 2, 2, exchange },
    { "reboot", "restart|cad-off", 1, 1, reboot_ },
    { "ptrace", "PID", 1, 1, ptrace_ },
    { "sethostname", "NAME", 1, 1, sethostname_ },
};

static void report(long result) {
    int error = errno;
    if (result >= 0) {
        printf("ok%s%s\n", detail[0] ? " " : "", detail);
        return;
    }
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].number != error) continue;
        printf("errno %s\n", errors[i].name);
        return;
    }
    printf("errno %d\n", error);
}

int main(int argc, char **argv) {
    size_t count = sizeof attempts / sizeof *attempts;
    for (size_t i = 0; argc > 1 && i < count; i++) {
        if (strcmp(argv[1], attempts[i].name) != 0) continue;
        if (argc - 2 < attempts[i].least || argc - 2 > attempts[i].most) break;
        report(attempts[i].try(argv + 2));
        return 0;
    }
    for (size_t i = 0; i < count; i++) fprintf(stderr, "attempt %s %s\n", attempts[i].name, attempts[i].arguments);
    return 2;
}
