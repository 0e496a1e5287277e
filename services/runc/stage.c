#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include "mount_calls.h"

#define ROOT STAGING "/root"
#define SLOTS STAGING "/slot"
#define DEVICES STAGING "/dev"

/*
 * The plan's mounts are made here, in a mount namespace of this process's own and before the container's user
 * namespace exists. That is what locks them: the kernel does not let a less privileged namespace change or remove
 * what it was given (mount_namespaces(7)). Nothing shows in the VM's mount table, and all goes with the last process.
 */

static void write_map(pid_t pid, const char *name, uint32_t base) {
  char path[64], map[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int length = snprintf(map, sizeof map, "0 %u %u\n", base, RANGE);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, map, (size_t)length) != length) fail("%s", path);
  close(file);
}

/* A user namespace that only says how ids are mapped: mount_setattr(2), MOUNT_ATTR_IDMAP. */
static int make_id_map(uint32_t base) {
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) fail("user namespace for the id map");
  if (child == 0) {
    pause();
    _exit(0);
  }
  write_map(child, "uid_map", base);
  write_map(child, "gid_map", base);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)child);
  int map = open(path, O_RDONLY | O_CLOEXEC);
  if (map < 0) fail("%s", path);
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return map;
}

static int clone_mount(int fd, const struct operation *o, int map, const char *what) {
  int tree = (int)syscall(CALL_OPEN_TREE, fd, "", AT_EMPTY_PATH | TREE_CLONE | TREE_CLOEXEC);
  if (tree < 0) fail("clone of the mount for %s", what);
  struct bulkhead_mount_attr attributes = {o->set, o->clear, MS_PRIVATE, o->set & MOUNT_ATTR_IDMAP ? (uint64_t)map : 0};
  if (syscall(CALL_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    fail(o->set & MOUNT_ATTR_IDMAP ? "id-mapping the mount for %s" : "flags of the mount for %s", what);
  return tree;
}

static void attach(int tree, int folder, const char *path, int flags, const char *what) {
  if (syscall(CALL_MOVE_MOUNT, tree, "", folder, path, MOVE_FROM_EMPTY | flags) < 0) fail("mount on %s", what);
  close(tree);
}

static int is_directory(int fd) {
  struct stat state;
  if (fstat(fd, &state) < 0) fail("stat of a mount's source");
  return S_ISDIR(state.st_mode);
}

void enter_mount_namespace(void) {
  if (unshare(CLONE_NEWNS) < 0) fail("mount namespace");
  if (mount("", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) fail("mount propagation");
}

static void prepare(void) {
  /* Not nodev: the container's device nodes are made here. */
  if (mount("bulkhead", STAGING, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=1m,nr_inodes=4k") < 0)
    fail("staging area");
  const char *const folders[] = {ROOT, SLOTS, DEVICES};
  for (size_t n = 0; n < 3; n++)
    if (mkdir(folders[n], 0755) < 0) fail("%s", folders[n]);
}

/*
 * crun opens these by name before the container's own root is its root (create_missing_devs in its linux.c): a link
 * there would be followed in the VM.
 */
static void refuse_links(int root) {
  const char *const names[] = {"dev", "proc", "sys"};
  struct stat state;
  for (size_t n = 0; n < 3; n++)
    if (fstatat(root, names[n], &state, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(state.st_mode))
      refuse("the image's /%s is no folder: such an image is not run", names[n]);
}

static void add_device(const struct operation *o, uint32_t base) {
  char path[sizeof DEVICES + 4096];
  snprintf(path, sizeof path, DEVICES "/%s", o->path);
  for (char *slash = path + sizeof DEVICES; (slash = strchr(slash, '/')) != NULL; slash++) {
    *slash = 0;
    if (mkdir(path, 0755) < 0 && errno != EEXIST) fail("%s", path);
    if (chown(path, base, base) < 0) fail("owner of %s", path);
    *slash = '/';
  }
  if (mknod(path, S_IFCHR | o->mode, makedev(o->major, o->minor)) < 0) fail("device %s", o->path);
  if (chmod(path, o->mode) < 0 || chown(path, base, base) < 0) fail("owner of device %s", o->path);
}

static void add_slot(const struct operation *o, int source, int map) {
  char path[64];
  snprintf(path, sizeof path, SLOTS "/%u", o->slot);
  if ((is_directory(source) ? mkdir(path, 0755) : mknod(path, S_IFREG | 0644, 0)) < 0) fail("%s", path);
  attach(clone_mount(source, o, map, path), AT_FDCWD, path, 0, path);
}

/* Seconds are cut off, so that no clock of the container is negative: the kernel would refuse that. */
static void set_clocks(void) {
  struct timespec monotonic, boottime;
  if (clock_gettime(CLOCK_MONOTONIC, &monotonic) < 0 || clock_gettime(CLOCK_BOOTTIME, &boottime) < 0) fail("clocks");
  char text[128];
  int length = snprintf(text, sizeof text, "monotonic -%lld 0\nboottime -%lld 0\n", (long long)monotonic.tv_sec,
                        (long long)boottime.tv_sec);
  int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, text, (size_t)length) != length) fail("clocks of the time namespace");
}

/*
 * A time namespace for crun to join. A child makes it: execve(2) moves a process into the one that it made for its
 * children, and crun must stay outside, since it knows its containers by start times in /proc.
 */
static void make_time(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (unshare(0x80 /* CLONE_NEWTIME */) < 0) fail("time namespace");
    set_clocks();
    close(ends[0]);
    if (write(ends[1], "", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  close(ends[1]);
  char ready;
  if (read(ends[0], &ready, 1) != 1) exit(1); /* the child has said why */
  close(ends[0]);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/time_for_children", (int)child);
  int time = open(path, O_RDONLY | O_CLOEXEC);
  if (time < 0 || dup2(time, TIME_DESCRIPTOR) < 0) fail("%s", path);
  close(time);
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

void stage(const struct plan *plan, const struct item *items) {
  prepare();
  const struct operation *join = plan_join(plan);
  int root = -1, map = join != NULL ? items[join->item].owner : make_id_map(plan->base);
  for (size_t n = 0; n < plan->count; n++) {
    const struct operation *o = &plan->operations[n];
    int source = o->kind == OP_ROOT || o->kind == OP_ATTACH || o->kind == OP_SLOT ? items[o->item].fd : -1;
    int needs_root = o->kind == OP_ATTACH || o->kind == OP_MKDIR || o->kind == OP_MKFILE || o->kind == OP_SEAL;
    if (needs_root && root < 0) refuse("runc: the warden's plan has no root yet where it needs one");
    switch (o->kind) {
      case OP_ROOT:
        attach(clone_mount(source, o, map, "the container's root"), AT_FDCWD, ROOT, 0, ROOT);
        root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) fail(ROOT);
        refuse_links(root);
        break;
      case OP_ATTACH: {
        int tree = clone_mount(source, o, map, o->path);
        int point = open_mount_point(root, o->path, is_directory(source), plan->base);
        attach(tree, point, "", MOVE_TO_EMPTY, o->path);
        close(point);
        break;
      }
      case OP_SLOT: add_slot(o, source, map); break;
      case OP_MKDIR:
      case OP_MKFILE: close(open_mount_point(root, o->path, o->kind == OP_MKDIR, plan->base)); break;
      case OP_DEVICE: add_device(o, plan->base); break;
      case OP_JOIN: break;
      case OP_TIME: make_time(); break;
      case OP_SEAL: {
        struct bulkhead_mount_attr read_only = {MOUNT_ATTR_RDONLY, 0, 0, 0};
        if (syscall(CALL_MOUNT_SETATTR, root, "", AT_EMPTY_PATH, &read_only, sizeof read_only) < 0)
          fail("read-only root");
        break;
      }
    }
  }
  if (root < 0) refuse("runc: the warden's plan has no root");
  /* crun binds device nodes from /dev: from now on it sees these alone. */
  if (mount(DEVICES, "/dev", NULL, MS_BIND, NULL) < 0) fail("/dev of the staging area");
}
