#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "mount_calls.h"

static int is_null(int fd) {
  struct stat state;
  return fstat(fd, &state) == 0 && S_ISCHR(state.st_mode) && state.st_rdev == makedev(1, 3);
}

/* A folder in memory that nobody finds: it is mounted nowhere, and goes with the last that was opened in it. */
static int make_folder(void) {
  int context = (int)syscall(CALL_FSOPEN, "tmpfs", FSOPEN_CLOSE_ON_EXEC);
  if (context < 0 || syscall(CALL_FSCONFIG, context, FSCONFIG_CREATE, NULL, NULL, 0) < 0) fail("a folder for /dev/null");
  int folder = (int)syscall(CALL_FSMOUNT, context, FSMOUNT_CLOSE_ON_EXEC, (unsigned)MOUNT_ATTR_NOSUID);
  if (folder < 0) fail("a folder for /dev/null");
  close(context);
  return folder;
}

void replace_null(void) {
  int folder = -1;
  for (int fd = 0; fd < 3; fd++) {
    if (!is_null(fd)) continue;
    if (folder < 0) {
      folder = make_folder();
      if (mknodat(folder, "null", S_IFCHR | 0666, makedev(1, 3)) < 0) fail("a /dev/null of the container's own");
      if (fchmodat(folder, "null", 0666, 0) < 0) fail("mode of the container's /dev/null");
    }
    int own = openat(folder, "null", (fcntl(fd, F_GETFL) & O_ACCMODE) | O_CLOEXEC);
    if (own < 0 || dup2(own, fd) < 0) fail("a /dev/null of the container's own");
    close(own);
  }
  if (folder >= 0) close(folder);
}
