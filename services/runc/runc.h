/* What the parts of the `runc` client share. See main.c. */
#ifndef BULKHEAD_RUNC_H
#define BULKHEAD_RUNC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* PID 1 makes what is below here (init/phases/warden.ts); tests compile with a folder of their own. */
#ifndef BULKHEAD_RUN
#define BULKHEAD_RUN "/run/bulkhead"
#define WARDEN_UID 991
/* How long a warden that is being started again is waited for; milliseconds. */
#define PATIENCE_MS 20000
#define ANSWER_MS 30000
#define EXEC_PATIENCE_MS 3000
#define EXEC_ANSWER_MS 5000
#endif
#define CRUN BULKHEAD_RUN "/libexec/crun"
#define WARDEN_SOCKET BULKHEAD_RUN "/warden/runtime.sock"
#define RANGES BULKHEAD_RUN "/ranges"
#define CONTAINERS BULKHEAD_RUN "/containers"
/* These must equal services/warden/messages.ts; a test compares them. */
#define STAGING BULKHEAD_RUN "/staging"
#define FIRST_BASE 100000u
#define RANGE 65536u
#define TIME_DESCRIPTOR 1901
#define NAMESPACE_DESCRIPTOR 2000
#define OWNER_DESCRIPTOR 4000
#define MOST_DOCUMENT_BYTES (4u * 1024 * 1024)
#define MOST_ITEMS 1024

/* main.c: where an error goes. `log`: containerd's file, JSON lines; NULL for standard error only. */
struct report { const char *log; int to_stderr; };
extern struct report report;

/* fail.c */
/* Ends the program with status 1 and a sentence where containerd and the user find it. */
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, for a system call that failed: appends what errno says. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes `text` as a JSON string's content to `to` (at least 6 * length + 1 bytes). */
void json_escape(char *to, const char *text);
void *allocate(size_t count, size_t size);

/* arguments.c */
enum verb { PASS, CREATE, RUN, EXEC, UPDATE, DELETE };
struct arguments {
  enum verb verb;
  const char *verb_name, *root, *log, *log_format, *id;
  const char *bundle, *pid_file, *console_socket, *document; /* document: --process or --resources */
  int debug, detach, keep, no_new_keyring, preserve_fds, tty;
};
/* Whether a container id can be a file name here. */
int plain_id(const char *id);
/* Understands the command line, or refuses it. */
void parse_arguments(int argc, char **argv, struct arguments *a);
/* crun's own command line for a mediated verb; `document` is what it reads. NULL-terminated. */
char **crun_arguments(const struct arguments *a, const char *document);

/* wire.c: a message is a list of strings without NUL. */
struct message { char *buffer; size_t size; uint32_t count; char **strings; };
struct builder { char *data; size_t size, room; uint32_t count; };
void builder_add(struct builder *b, const char *text, size_t length);
/* 0, or -1 when `payload` is no well-formed message. Keeps pointers into it. */
int message_parse(struct message *m, char *payload, size_t size);
void message_free(struct message *m);
/*
 * Connects and makes sure that it is the warden. -1 when it cannot be had within `patience`; it has `answer` for each
 * answer; milliseconds.
 */
int warden_connect(int patience, int answer);
int message_send(int socket, struct builder *b);
/* 0, or -1: nonsense, silence, or the end. */
int message_receive(int socket, struct message *m);

/* plan.c */
enum operation_kind { OP_ROOT, OP_ATTACH, OP_SLOT, OP_MKDIR, OP_MKFILE, OP_DEVICE, OP_JOIN, OP_TIME, OP_SEAL };
struct operation {
  enum operation_kind kind;
  uint32_t item, slot;
  const char *path; /* target in the root, or name below /dev */
  uint64_t set, clear; /* MOUNT_ATTR_* */
  uint32_t major, minor, mode;
};
struct plan {
  uint32_t base;
  const char *document;
  size_t count;
  struct operation *operations;
};
/* NULL, or what is wrong with the message as a plan for `items` things. */
const char *plan_parse(struct plan *plan, const struct message *m, uint32_t items, int creates);
void plan_free(struct plan *plan);
/* The operation that joins another container's user namespace; NULL when there is none. */
const struct operation *plan_join(const struct plan *plan);

/* facts.c */
struct item { int fd, owner; };
/* Opens each of `m`'s wishes into `items` and adds what the kernel says of it to `b`. */
void gather_facts(const struct message *m, struct item *items, struct builder *b);

/* stage.c */
/* Before anything is opened: the kernel clones only mounts of the caller's own namespace (open_tree(2)). */
void enter_mount_namespace(void);
/* Does the plan there. */
void stage(const struct plan *plan, const struct item *items);

/* engine_mounts.c */
/* A descriptor of the caller's mount namespace: before it enters its own. */
int engine_namespace(void);
/* The plan's sources are mounts of the engine, in `engine`: from now on nothing there executes from them. */
void forbid_execution(int engine, const struct plan *plan, const struct item *items);

/* null.c */
/*
 * Standard descriptors that are the VM's /dev/null become one of this container's own. crun gives them to the container's
 * user (maybe_chown_std_streams in its linux.c), and in `exec` they stay in the container as they are: whoever owns a
 * node can change its mode, for the whole VM.
 */
void replace_null(void);

/* precedence.c */
/*
 * For `exec`: the shim is killed last when memory is short, and crun leaves a new process in a container as the shim is,
 * whatever its document says (crun 1.21 sets it in `create` alone). From now on neither has precedence over the VM.
 */
void be_killed_as_any_other(void);
/*
 * For `exec` without the warden's answer: crun must not be able to give the process what the warden takes away
 * (services/warden/decision/process.ts). What was asked for of that fails then, as it takes CAP_SYS_RESOURCE
 * (capabilities(7)).
 */
void give_up_resources(void);

/* mount_point.c */
/* Opens `target` inside the folder `root`, making it (a folder or an empty file) where it is not there. */
int open_mount_point(int root, const char *target, int directory, uint32_t base);

#endif
