#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mount_calls.h"

/*
 * dockerd and containerd mount the roots of containers, and volumes of the kind tmpfs, without flags. Nothing in the
 * VM may execute what is there: only the container's own copy of such a mount lets it, and the engine's gets noexec,
 * nosuid and nodev here. What is no mount of its own lies on the data disk, which has these flags.
 */

static int engines(const char *path) {
  const char *const folders[] = {"/var/lib/docker/", "/var/lib/containerd/", "/run/containerd/"};
  for (size_t n = 0; n < sizeof folders / sizeof *folders; n++)
    if (strncmp(path, folders[n], strlen(folders[n])) == 0) return 1;
  return 0;
}

/* In the engine's namespace: whether `path` is there what `seen` is here, and may no longer be executed from. */
static int forbid(const char *path, int seen) {
  struct stat here, there;
  int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT; /* gone: nothing to execute */
  struct bulkhead_mount_attr attributes = {MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0, 0};
  int same = fstat(seen, &here) == 0 && fstat(fd, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  /* EINVAL: a folder or a file, no mount (mount_setattr(2)) */
  int done = same && (syscall(CALL_MOUNT_SETATTR, fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0 || errno == EINVAL);
  close(fd);
  return done;
}

int engine_namespace(void) {
  int engine = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (engine < 0) fail("mount namespace of the engine");
  return engine;
}

/* Paths as they are where the client stands now; NULL for what no engine mounted. */
static char **engine_paths(const struct plan *plan, const struct item *items) {
  char **paths = allocate(plan->count, sizeof *paths);
  for (size_t n = 0; n < plan->count; n++) {
    const struct operation *o = &plan->operations[n];
    char link[32], path[PATH_MAX];
    paths[n] = NULL;
    if (o->kind > OP_SLOT) continue;
    snprintf(link, sizeof link, "/proc/self/fd/%d", items[o->item].fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) fail("path of a mount's source");
    path[length] = 0;
    if (engines(path) && (paths[n] = strdup(path)) == NULL) fail("memory");
  }
  return paths;
}

void forbid_execution(int engine, const struct plan *plan, const struct item *items) {
  char **paths = engine_paths(plan, items);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (setns(engine, CLONE_NEWNS) < 0) _exit(1);
    for (size_t n = 0; n < plan->count; n++)
      if (paths[n] != NULL && !forbid(paths[n], items[plan->operations[n].item].fd)) _exit(1);
    _exit(0);
  }
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("wait");
  close(engine);
  for (size_t n = 0; n < plan->count; n++) free(paths[n]);
  free(paths);
  if (status != 0) refuse("runc: the engine's mount of the container could not be made noexec: nothing was started");
}
