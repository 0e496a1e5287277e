#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "mount_calls.h"

#ifndef PR_SET_SECUREBITS
#define PR_SET_SECUREBITS 28
#endif
enum { NO_SETUID_FIXUP = 1 << 2, MOST_TRIES = 8 };

/* Nothing in the root, no link and no race, leads out of it: openat2(2). CVE-2021-30465 was that. */
static int open_inside(int root, const char *path) {
  struct bulkhead_open_how how = {
      .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_INSIDE_ROOT | RESOLVE_WITHOUT_MAGIC_LINKS};
  for (int tries = 0;; tries++) {
    int fd = (int)syscall(CALL_OPENAT2, root, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN || tries == MOST_TRIES) return fd; /* EAGAIN: something was renamed meanwhile */
  }
}

/*
 * Files on id-mapped mounts are made by the container's root, or they would have an owner that the mount does not map
 * (EOVERFLOW). Capabilities stay: securebits keep setfsuid(2) from dropping them.
 */
static void act_as(uint32_t id, int keep_capabilities) {
  if (prctl(PR_SET_SECUREBITS, keep_capabilities ? NO_SETUID_FIXUP : 0, 0, 0, 0) < 0) fail("securebits");
  setfsgid(id);
  setfsuid(id);
}

/* Makes the last component of `path`, whose folder is there. */
static int make(int root, char *path, int directory) {
  char *slash = strrchr(path, '/');
  *slash = 0;
  int folder = open_inside(root, slash == path ? "/" : path);
  *slash = '/';
  if (folder < 0) return -1;
  int made = directory ? mkdirat(folder, slash + 1, 0755) : mknodat(folder, slash + 1, S_IFREG | 0644, 0);
  int why = errno;
  close(folder);
  errno = why;
  return made < 0 && why != EEXIST ? -1 : 0;
}

static int make_all(int root, const char *target, int directory) {
  char path[4096];
  size_t length = strlen(target);
  memcpy(path, target, length + 1);
  for (size_t at = 1; at <= length; at++) {
    if (path[at] != '/' && path[at] != 0) continue;
    int last = path[at] == 0;
    path[at] = 0;
    int fd = open_inside(root, path);
    if (fd >= 0) close(fd);
    else if (errno != ENOENT || make(root, path, last ? directory : 1) < 0) return -1;
    if (!last) path[at] = '/';
  }
  return open_inside(root, path);
}

int open_mount_point(int root, const char *target, int directory, uint32_t base) {
  int fd = open_inside(root, target);
  if (fd < 0 && errno == ENOENT) {
    act_as(base, 1);
    fd = make_all(root, target, directory);
    int why = errno;
    act_as(0, 0);
    errno = why;
  }
  if (fd < 0) fail("mount point %s in the container's root", target);
  struct stat state;
  if (fstat(fd, &state) < 0) fail("stat of mount point %s", target);
  if (S_ISDIR(state.st_mode) != !!directory)
    refuse("mount point %s in the container's root is %s folder: a %s cannot be mounted there", target,
           directory ? "no" : "a", directory ? "folder" : "file");
  return fd;
}
