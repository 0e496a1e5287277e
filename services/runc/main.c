/*
 * runc: what containerd and BuildKit execute in the place of runc. It asks the warden what a container may have,
 * prepares that, and becomes crun; it decides nothing itself and reads no JSON. Verbs that make nothing new go to
 * crun as they are, and never need the warden. See services/warden/ and docs/runtime.md.
 */
#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { DOCUMENT_DESCRIPTOR = 1900, MOST_RANGES_TRIED = 64 };

static _Noreturn void become_crun(char **arguments) {
  /* crun takes settings from its environment (XDG_RUNTIME_DIR, LISTEN_FDS, …): it gets none. */
  static char *environment[] = {"PATH=/nonexistent", NULL};
  arguments[0] = "crun";
  execve(CRUN, arguments, environment);
  fail(CRUN);
}

/* Reads what containerd wrote: a file, or `-` for standard input. */
static char *read_document(const char *path, size_t *size) {
  int file = strcmp(path, "-") == 0 ? 0 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) fail("%s", path);
  size_t room = MOST_DOCUMENT_BYTES + 1;
  char *text = allocate(room, 1);
  for (*size = 0; *size < room;) {
    ssize_t n = read(file, text + *size, room - *size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("%s", path);
    if (n == 0) break;
    *size += (size_t)n;
  }
  if (*size == room) refuse("%s has more than %u bytes: refused [rule size; no setting]", path, MOST_DOCUMENT_BYTES);
  if (file != 0) close(file);
  return text;
}

static const char *document_path(const char *text) {
  static char path[32];
  int memory = memfd_create("bulkhead-document", 0x8 /* MFD_NOEXEC_SEAL */);
  size_t size = strlen(text);
  if (memory < 0) fail("memory file");
  for (size_t at = 0; at < size;) {
    ssize_t n = write(memory, text + at, size - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("memory file");
    at += (size_t)n;
  }
  /* crun inherits it and closes it for the container. */
  if (dup2(memory, DOCUMENT_DESCRIPTOR) < 0) fail("descriptor of the document");
  close(memory);
  snprintf(path, sizeof path, "/proc/self/fd/%d", DOCUMENT_DESCRIPTOR);
  return path;
}

/*
 * An id range is this container's while crun makes it: the lock goes to crun with the descriptor. Afterwards its
 * processes show the range in /proc/PID/uid_map, so that a warden that starts anew knows. Returns 0 when another has it.
 */
static int lock_range(uint32_t base) {
  int file = open(RANGES, O_RDWR | O_CREAT, 0600);
  if (file < 0) fail(RANGES);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (base - FIRST_BASE) / RANGE, .l_len = 1};
  if (fcntl(file, 37 /* F_OFD_SETLK */, &lock) == 0) return 1;
  if (errno != EAGAIN && errno != EACCES) fail("lock of the id range");
  close(file);
  return 0;
}

static void mark_path(char *path, const char *id) { snprintf(path, PATH_MAX, CONTAINERS "/%s", id); }

/* What `exec` goes by while the warden is away: the container was made by this program. */
static void set_mark(const char *id) {
  char path[PATH_MAX];
  mark_path(path, id);
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail("%s", path);
  close(file);
}

static void remove_mark(const char *id) {
  char path[PATH_MAX];
  if (id == NULL || !plain_id(id)) return;
  mark_path(path, id);
  unlink(path); /* none is there when the warden refused it */
}

static int marked(const char *id) {
  char path[PATH_MAX];
  mark_path(path, id);
  return access(path, F_OK) == 0;
}

static void refuse_if_told(const struct message *answer) {
  if (strcmp(answer->strings[0], "refusal") == 0) refuse("%s", answer->count > 1 ? answer->strings[1] : "refused");
}

static void ask(int warden, struct builder *b, struct message *answer) {
  if (message_send(warden, b) < 0 || message_receive(warden, answer) < 0)
    refuse("the warden did not answer (it decides what a container may have): nothing was started; see the log of the VM");
  refuse_if_told(answer);
}

static void request(const struct arguments *a, const char *document, size_t size, struct builder *b) {
  static const char *const names[] = {[CREATE] = "create", [RUN] = "run", [EXEC] = "exec", [UPDATE] = "update"};
  const char *texts[] = {"request", names[a->verb], a->id, a->root == NULL ? "" : a->root, a->bundle == NULL ? "" : a->bundle};
  for (size_t n = 0; n < sizeof texts / sizeof *texts; n++) builder_add(b, texts[n], strlen(texts[n]));
  if (memchr(document, 0, size) != NULL) refuse("the container's specification has a NUL byte [rule json; no setting]");
  builder_add(b, document, size);
}

static struct item *open_wishes(int warden, struct message *answer, uint32_t *count, struct builder *b) {
  if (strcmp(answer->strings[0], "open") != 0 || answer->count % 2 == 0 || (answer->count - 1) / 2 > MOST_ITEMS)
    refuse("runc: the warden's answer makes no sense (open): nothing was started");
  *count = (answer->count - 1) / 2;
  struct item *items = allocate(*count, sizeof *items);
  gather_facts(answer, items, b);
  message_free(answer);
  ask(warden, b, answer);
  return items;
}

/* Namespaces to join, and the user namespaces that own them, where the document says: crun opens them by number. */
static void place_namespaces(const struct item *items, uint32_t count) {
  for (uint32_t n = 0; n < count; n++) {
    if (items[n].owner < 0) continue;
    if (dup2(items[n].fd, NAMESPACE_DESCRIPTOR + (int)n) < 0 || dup2(items[n].owner, OWNER_DESCRIPTOR + (int)n) < 0)
      fail("descriptor of a namespace");
  }
}

static const char *make_container(const struct arguments *a, int warden, struct message *answer, struct plan *plan) {
  struct builder b = {NULL, 0, 0, 0};
  uint32_t count = 0;
  int engine = engine_namespace();
  enter_mount_namespace();
  struct item *items = open_wishes(warden, answer, &count, &b);
  for (int tries = 0;; tries++) {
    const char *wrong = plan_parse(plan, answer, count, 1);
    if (wrong != NULL) refuse("runc: the warden's answer makes no sense (%s): nothing was started", wrong);
    for (size_t n = 0; n < plan->count; n++)
      if (plan->operations[n].kind <= OP_SLOT || plan->operations[n].kind == OP_JOIN) {
        const struct item *item = &items[plan->operations[n].item];
        if (item->fd < 0 || (plan->operations[n].kind == OP_JOIN && item->owner < 0))
          refuse("runc: the warden's answer makes no sense (an item that is not open): nothing was started");
      }
    if (plan_join(plan) != NULL || lock_range(plan->base)) break;
    if (tries == MOST_RANGES_TRIED) refuse("no free id range was found: nothing was started");
    plan_free(plan);
    message_free(answer);
    builder_add(&b, "busy", 4);
    ask(warden, &b, answer);
  }
  forbid_execution(engine, plan, items);
  stage(plan, items);
  place_namespaces(items, count);
  set_mark(a->id);
  return document_path(plan->document);
}

static char **decide(struct arguments *a, char **argv) {
  static char config[PATH_MAX + 16], bundle[PATH_MAX];
  int creates = a->verb == CREATE || a->verb == RUN;
  if (creates) {
    if (realpath(a->bundle == NULL ? "." : a->bundle, bundle) == NULL) fail("bundle %s", a->bundle == NULL ? "." : a->bundle);
    a->bundle = bundle;
    snprintf(config, sizeof config, "%s/config.json", bundle);
    a->document = config;
  }
  size_t size;
  char *text = read_document(a->document, &size);
  /* Whoever made the container was asked then; a new process in it may have no more than those that are there. */
  int known = a->verb == EXEC && marked(a->id);
  int warden = warden_connect(known ? EXEC_PATIENCE_MS : PATIENCE_MS, known ? EXEC_ANSWER_MS : ANSWER_MS);
  struct builder b = {NULL, 0, 0, 0};
  struct message answer;
  struct plan plan;
  request(a, text, size, &b);
  free(text);
  if (known && (warden < 0 || message_send(warden, &b) < 0 || message_receive(warden, &answer) < 0)) {
    give_up_resources();
    return argv;
  }
  if (warden < 0)
    refuse("the warden is not there (it decides what a container may have): nothing was started; it is started again by "
           "itself, so try once more, and see the log of the VM");
  if (known) refuse_if_told(&answer);
  else ask(warden, &b, &answer);
  /* Isolation is off (enhancedContainerIsolation): crun does as containerd says. */
  if (creates && strcmp(answer.strings[0], "pass") == 0) return argv;
  if (creates) {
    const char *path = make_container(a, warden, &answer, &plan);
    return crun_arguments(a, path);
  }
  const char *wrong = plan_parse(&plan, &answer, 0, 0);
  if (wrong != NULL) refuse("runc: the warden's answer makes no sense (%s): nothing was done", wrong);
  return crun_arguments(a, document_path(plan.document));
}

int main(int argc, char **argv) {
  struct arguments a = {0};
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) fail("standard descriptors");
  parse_arguments(argc, argv, &a);
  if (syscall(SYS_close_range, 3 + a.preserve_fds, ~0U, 0) < 0) fail("close_range");
  if (a.verb == DELETE) remove_mark(a.id);
  if (a.verb == PASS || a.verb == DELETE) become_crun(argv);
  if (a.verb != UPDATE) replace_null();
  if (a.verb == EXEC) be_killed_as_any_other();
  become_crun(decide(&a, argv));
}
