/* The newer mount calls, which musl has neither functions nor headers for (include/uapi/linux/mount.h, openat2.h). */
#ifndef BULKHEAD_MOUNT_CALLS_H
#define BULKHEAD_MOUNT_CALLS_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef MOUNT_ATTR_RDONLY
#undef MOUNT_ATTR_NOSUID
#undef MOUNT_ATTR_NODEV
#undef MOUNT_ATTR_NOEXEC
#undef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_RDONLY UINT64_C(0x1)
#define MOUNT_ATTR_NOSUID UINT64_C(0x2)
#define MOUNT_ATTR_NODEV UINT64_C(0x4)
#define MOUNT_ATTR_NOEXEC UINT64_C(0x8)
#define MOUNT_ATTR_IDMAP UINT64_C(0x100000)

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

struct bulkhead_mount_attr { uint64_t set, clear, propagation, userns; };
struct bulkhead_open_how { uint64_t flags, mode, resolve; };

enum {
  CALL_OPEN_TREE = 428,
  CALL_MOVE_MOUNT = 429,
  CALL_FSOPEN = 430,
  CALL_FSCONFIG = 431,
  CALL_FSMOUNT = 432,
  CALL_OPENAT2 = 437,
  CALL_MOUNT_SETATTR = 442, /* the same numbers on every architecture */
  TREE_CLONE = 1,
  TREE_CLOEXEC = 02000000,
  FSOPEN_CLOSE_ON_EXEC = 1,
  FSCONFIG_CREATE = 6,
  FSMOUNT_CLOSE_ON_EXEC = 1,
  MOVE_FROM_EMPTY = 0x4,
  MOVE_TO_EMPTY = 0x40,
  RESOLVE_WITHOUT_MAGIC_LINKS = 0x2,
  RESOLVE_INSIDE_ROOT = 0x10,
};

#endif
