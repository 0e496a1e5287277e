#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>

/* ioctl_nsfs(2) */
enum { GET_OWNER = 0xb701, GET_PARENT = 0xb702 };
#define NSFS_MAGIC 0x6e736673
enum { MOST_MAP = 512, MOST_MOUNTINFO = 16 * 1024 * 1024 };

static void add_text(struct builder *b, const char *text) { builder_add(b, text, strlen(text)); }

static void add_device(struct builder *b, dev_t device) {
  char text[32];
  snprintf(text, sizeof text, "%u:%u", major(device), minor(device));
  add_text(b, text);
}

/* A file of /proc, whole. */
static char *slurp(const char *path, size_t most) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("%s", path);
  size_t size = 0, room = 64 * 1024;
  char *text = allocate(room, 1);
  for (;;) {
    ssize_t n = read(file, text + size, room - size - 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("%s", path);
    if (n == 0) break;
    size += (size_t)n;
    if (size > most) refuse("runc: %s is too large", path);
    if (room - size < 4096) {
      char *more = realloc(text, room *= 2);
      if (more == NULL) fail("memory");
      text = more;
    }
  }
  close(file);
  text[size] = 0;
  return text;
}

/* The line of /proc/self/mountinfo for the mount that `fd` is on; the number stands in its fdinfo (proc(5)). */
static void add_mountinfo(struct builder *b, int fd, const char *mountinfo) {
  char path[64], wanted[32];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  char *info = slurp(path, 64 * 1024);
  const char *found = strstr(info, "mnt_id:\t");
  int length = snprintf(wanted, sizeof wanted, "%d ", found == NULL ? -1 : atoi(found + 8));
  free(info);
  for (const char *line = mountinfo; *line != 0;) {
    size_t whole = strcspn(line, "\n");
    if (strncmp(line, wanted, (size_t)length) == 0) {
      builder_add(b, line, whole);
      return;
    }
    line += whole + (line[whole] == '\n');
  }
  add_text(b, "");
}

static int same_inode(int a, int b) {
  struct stat x, y;
  if (fstat(a, &x) < 0 || fstat(b, &y) < 0) fail("stat of a namespace");
  return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static ssize_t read_map(const char *path, char *to) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  return file < 0 ? -1 : read(file, to, MOST_MAP - 1);
}

/*
 * The id maps of a user namespace, as its parent sees them: what a process inside reads of itself
 * (kernel/user_namespace.c, uid_m_show). A child goes in to look.
 */
static void add_maps(struct builder *b, int owner) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  char text[2 * MOST_MAP];
  memset(text, 0, sizeof text);
  if (child == 0) {
    if (setns(owner, CLONE_NEWUSER) < 0) _exit(1);
    if (read_map("/proc/self/uid_map", text) < 0 || read_map("/proc/self/gid_map", text + MOST_MAP) < 0) _exit(1);
    _exit(write(ends[1], text, sizeof text) == (ssize_t)sizeof text ? 0 : 1);
  }
  close(ends[1]);
  size_t got = 0;
  ssize_t n;
  while (got < sizeof text && ((n = read(ends[0], text + got, sizeof text - got)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0) got += (size_t)n;
  close(ends[0]);
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (got != sizeof text) memset(text, 0, sizeof text);
  text[MOST_MAP - 1] = text[sizeof text - 1] = 0;
  add_text(b, text);
  add_text(b, text + MOST_MAP);
}

/* "" for what is no namespace; "vm" or "other" for who owns it, "child" when that one's parent is the VM. */
static void add_owner(struct builder *b, struct item *item) {
  struct statfs system;
  if (fstatfs(item->fd, &system) < 0 || system.f_type != NSFS_MAGIC) {
    for (int n = 0; n < 4; n++) add_text(b, "");
    return;
  }
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", item->fd);
  int readable = open(path, O_RDONLY | O_CLOEXEC);
  if (readable < 0) fail("open a namespace");
  close(item->fd);
  item->fd = readable;
  item->owner = ioctl(readable, GET_OWNER);
  int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  if (item->owner < 0 || own < 0) fail("who owns a namespace");
  if (same_inode(item->owner, own)) {
    add_text(b, "vm");
    for (int n = 0; n < 3; n++) add_text(b, "");
  } else {
    int parent = ioctl(item->owner, GET_PARENT);
    add_text(b, "other");
    add_text(b, parent >= 0 && same_inode(parent, own) ? "child" : "");
    if (parent >= 0) close(parent);
    add_maps(b, item->owner);
  }
  close(own);
}

void gather_facts(const struct message *m, struct item *items, struct builder *b) {
  uint32_t count = (m->count - 1) / 2;
  char *mountinfo = slurp("/proc/self/mountinfo", MOST_MOUNTINFO);
  add_text(b, "facts");
  for (uint32_t n = 0; n < count; n++) {
    const char *kind = m->strings[1 + 2 * n], *path = m->strings[2 + 2 * n];
    char text[32], link[4096];
    struct stat state;
    /* O_PATH: nothing is opened for real, so a FIFO or a device does nothing yet. */
    items[n] = (struct item){open(path, O_PATH | O_CLOEXEC), -1};
    if (items[n].fd < 0 || fstat(items[n].fd, &state) < 0) {
      snprintf(text, sizeof text, "%d", errno);
      add_text(b, text);
      for (int i = 0; i < 10; i++) add_text(b, "");
      continue;
    }
    add_text(b, "0");
    add_device(b, state.st_dev);
    snprintf(text, sizeof text, "%llu", (unsigned long long)state.st_ino);
    add_text(b, text);
    snprintf(text, sizeof text, "%u", state.st_mode);
    add_text(b, text);
    add_device(b, state.st_rdev);
    snprintf(text, sizeof text, "/proc/self/fd/%d", items[n].fd);
    ssize_t length = readlink(text, link, sizeof link);
    builder_add(b, link, length < 0 || length == (ssize_t)sizeof link ? 0 : (size_t)length);
    if (strcmp(kind, "namespace") == 0) {
      add_text(b, "");
      add_owner(b, &items[n]);
    } else {
      add_mountinfo(b, items[n].fd, mountinfo);
      for (int i = 0; i < 4; i++) add_text(b, "");
    }
  }
  free(mountinfo);
}
