/*
 * exhaust: takes much of something, and prints how many it got: `COUNT ok`, or `COUNT errno NUMBER` where it was stopped.
 *   exhaust forks|keys|inotify|ptys|memory COUNT [SECONDS]   and keeps them so long
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t group;

/* All in one group, so that they end together. */
static long fork_one(void) {
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, group);
        pause();
        _exit(0);
    }
    if (child > 0 && group == 0) group = child;
    if (child > 0) setpgid(child, group);
    return child;
}

static long key_one(void) {
    static int number;
    char name[32];
    snprintf(name, sizeof name, "exhaust %d", number++);
    return syscall(SYS_add_key, "user", name, "x", 1, -2); /* KEY_SPEC_PROCESS_KEYRING */
}

static long inotify_one(void) { return inotify_init1(IN_CLOEXEC); }

static long pty_one(void) { return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC); }

/* One MiB, used. Whoever takes too much is ended in the middle of it. */
static long memory_one(void) {
    volatile char *block = malloc(1 << 20);
    for (size_t at = 0; block != NULL && at < 1 << 20; at += 4096) block[at] = 1;
    return block == NULL ? -1 : 0;
}

static const struct { const char *name; long (*take)(void); } things[] = {
    { "forks", fork_one }, { "keys", key_one }, { "inotify", inotify_one }, { "ptys", pty_one },
    { "memory", memory_one },
};

int main(int argc, char **argv) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; argc >= 3 && i < sizeof things / sizeof *things; i++) {
        if (strcmp(argv[1], things[i].name) != 0) continue;
        long count = 0, most = atol(argv[2]), last = 0;
        while (count < most && (last = things[i].take()) >= 0) count++;
        if (last < 0) printf("%ld errno %d\n", count, errno);
        else printf("%ld ok\n", count);
        if (argv[1][0] == 'k') printf("last %ld\n", last);
        fflush(stdout);
        if (argc > 3) sleep((unsigned)atoi(argv[3]));
        if (group > 0) kill(-group, SIGKILL);
        while (group > 0 && waitpid(-group, NULL, 0) > 0) continue;
        return 0;
    }
    fprintf(stderr, "exhaust forks|keys|inotify|ptys|memory COUNT [SECONDS]\n");
    return 2;
}
