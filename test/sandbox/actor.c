/*
 * actor: a service that behaves as its arguments say, one verb after the other. For tests of supervision.
 *
 *   say TEXT           a line on standard output       notify TEXT        to $NOTIFY_SOCKET
 *   notify-to P TEXT   to the socket P                 ignore-term        from now on
 *   flood N            N lines of 100 bytes            notify-flood N     N times STATUS=
 *   child              forks one that ignores TERM and stays
 *   orphans N          N grandchildren that end at once, their parent long gone
 *   identity           what it is: ids, capabilities, limits, descriptors, … as lines
 *   execute            ways to execute something, each with what came of it
 *   exit N | segv | stay
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(99);
}

static void notify(const char *path, const char *text) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof address.sun_path) die("NOTIFY_SOCKET");
  strcpy(address.sun_path, path);
  int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) die("socket");
  if (sendto(socket_, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address) < 0) die("sendto");
  close(socket_);
}

static void stay(void) {
  for (;;) pause();
}

static void child(void) {
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) return;
  signal(SIGTERM, SIG_IGN);
  stay();
}

static void orphans(int count) {
  for (int i = 0; i < count; i++) {
    pid_t parent = fork();
    if (parent < 0) die("fork");
    if (parent == 0) {
      if (fork() < 0) die("fork");
      _exit(0); /* both */
    }
    if (waitpid(parent, NULL, 0) != parent) die("waitpid");
  }
}

static void print_matching(const char *path, const char *const *prefixes) {
  char line[512];
  FILE *file = fopen(path, "r");
  if (file == NULL) die(path);
  while (fgets(line, sizeof line, file) != NULL)
    for (const char *const *p = prefixes; *p != NULL; p++)
      if (strncmp(line, *p, strlen(*p)) == 0) fputs(line, stdout);
  fclose(file);
}

static void identity(char **argv) {
  static const char *const status[] = {"Uid:", "Gid:", "Groups:", "NoNewPrivs:", "Cap", "SigBlk:", "SigIgn:", "Umask:", NULL};
  static const char *const limits[] = {"Max open files", "Max processes", "Max core", NULL};
  static const char *const any[] = {"", NULL};
  printf("argv0 %s\npid %d\nsession %d\n", argv[0], (int)getpid(), (int)getsid(0));
  print_matching("/proc/self/status", status);
  print_matching("/proc/self/limits", limits);
  printf("oom ");
  print_matching("/proc/self/oom_score_adj", any);
  print_matching("/proc/self/cgroup", any);
  printf("descriptors");
  for (int d = 0; d < 4096; d++) {
    struct stat s;
    if (fstat(d, &s) == 0) printf(" %d", d);
  }
  printf("\n");
  for (int d = 3; d < 6; d++) {
    char text[64];
    ssize_t length = pread(d, text, sizeof text, 0);
    if (length > 0) printf("content %d %.*s\n", d, (int)length, text);
  }
}

/* Machine code of its own making, as a compiler at run time has it. */
static int make_pages(void) {
  void *pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) die("mmap");
  return mprotect(pages, 4096, PROT_READ | PROT_EXEC);
}

/* In a child each: one that succeeds does not come back. */
static void execute(void) {
  char *const argv[] = {"x", "say", "executed", NULL}, *const envp[] = {NULL};
  for (int way = 0; way < 4; way++) {
    static const char *const names[] = {"execve", "memory", "descriptor", "pages"};
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
      if (way == 0) execve("/proc/self/exe", argv, envp);
      if (way == 1) {
        int memory = memfd_create("x", 0);
        if (memory >= 0) {
          puts("memory made");
          exit(0);
        }
      }
      if (way == 3 && make_pages() == 0) {
        puts("pages made");
        exit(0);
      }
      int error = errno;
      if (way == 2) {
        int own = open("/proc/self/exe", O_RDONLY);
        if (own < 0) die("own executable");
        /* Under any number that can be had: the filter knows one by its number. */
        for (int to = 3; to < 5000; to++)
          if (dup2(own, to) >= 0) syscall(SYS_execveat, to, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */), error = errno;
      }
      printf("%s %s\n", names[way], strerror(error));
      exit(0);
    }
    if (waitpid(pid, NULL, 0) != pid) die("waitpid");
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < argc; i++) {
    const char *verb = argv[i];
    const char *socket_ = getenv("NOTIFY_SOCKET");
    if (strcmp(verb, "ignore-term") == 0) signal(SIGTERM, SIG_IGN);
    else if (strcmp(verb, "child") == 0) child();
    else if (strcmp(verb, "identity") == 0) identity(argv);
    else if (strcmp(verb, "execute") == 0) execute();
    else if (strcmp(verb, "stay") == 0) stay();
    else if (strcmp(verb, "segv") == 0) raise(SIGSEGV);
    else if (i + 1 >= argc) die(verb);
    else if (strcmp(verb, "say") == 0) printf("%s\n", argv[++i]);
    else if (strcmp(verb, "notify") == 0) notify(socket_, argv[++i]);
    else if (strcmp(verb, "orphans") == 0) orphans(atoi(argv[++i]));
    else if (strcmp(verb, "exit") == 0) exit(atoi(argv[++i]));
    else if (strcmp(verb, "flood") == 0) for (int n = atoi(argv[++i]); n > 0; n--) printf("%099d\n", n);
    else if (strcmp(verb, "notify-flood") == 0) for (int n = atoi(argv[++i]); n > 0; n--) notify(socket_, "STATUS=x");
    else if (i + 2 >= argc) die(verb);
    else if (strcmp(verb, "notify-to") == 0) { notify(argv[i + 1], argv[i + 2]); i += 2; }
    else die(verb);
  }
  return 0;
}
