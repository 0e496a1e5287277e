#include "runc.h"

#include <stdlib.h>
#include <string.h>
#include "mount_calls.h"

/*
 * ["plan", document, base, (operation, arguments...)...]: what the warden wants, believed as little as it needs to be.
 * The warden decides what a container may have; that an operation stays inside the staging area is decided here.
 */

static const struct { const char *name; enum operation_kind kind; uint32_t arguments; } known[] = {
    {"root", OP_ROOT, 3},   {"attach", OP_ATTACH, 4}, {"slot", OP_SLOT, 4}, {"mkdir", OP_MKDIR, 1},
    {"mkfile", OP_MKFILE, 1}, {"device", OP_DEVICE, 4}, {"join", OP_JOIN, 1}, {"time", OP_TIME, 0},
    {"seal", OP_SEAL, 0},
};

static int decimal(const char *text, uint32_t most, uint32_t *value) {
  size_t length = strlen(text);
  if (length == 0 || length > 10 || strspn(text, "0123456789") != length) return -1;
  unsigned long long wide = strtoull(text, NULL, 10);
  if (wide > most) return -1;
  *value = (uint32_t)wide;
  return 0;
}

static int flags(const char *text, uint64_t *value) {
  for (*value = 0; *text != 0; text++) {
    switch (*text) {
      case 'r': *value |= MOUNT_ATTR_RDONLY; break;
      case 's': *value |= MOUNT_ATTR_NOSUID; break;
      case 'd': *value |= MOUNT_ATTR_NODEV; break;
      case 'x': *value |= MOUNT_ATTR_NOEXEC; break;
      case 'i': *value |= MOUNT_ATTR_IDMAP; break;
      default: return -1;
    }
  }
  return 0;
}

/* No `..`, no empty component. `absolute`: begins with one slash and is not the root itself. */
static int clean_path(const char *path, int absolute) {
  if (strlen(path) > 4095) return 0;
  if (absolute && *path++ != '/') return 0;
  do {
    size_t length = strcspn(path, "/");
    if (length == 0 || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.')) return 0;
    path += length;
  } while (*path++ == '/');
  return 1;
}

static const char *parse_one(struct operation *o, char **arguments, uint32_t items) {
  const char *wrong = "a number, a flag or a path of an operation";
  switch (o->kind) {
    case OP_ROOT:
      if (decimal(arguments[0], items - 1, &o->item) < 0 || flags(arguments[1], &o->set) < 0) return wrong;
      return flags(arguments[2], &o->clear) < 0 ? wrong : NULL;
    case OP_ATTACH:
    case OP_SLOT:
      if (decimal(arguments[0], items - 1, &o->item) < 0 || flags(arguments[2], &o->set) < 0) return wrong;
      if (flags(arguments[3], &o->clear) < 0) return wrong;
      o->path = arguments[1];
      if (o->kind == OP_ATTACH) return clean_path(o->path, 1) ? NULL : wrong;
      return decimal(arguments[1], MOST_ITEMS, &o->slot) < 0 ? wrong : NULL;
    case OP_MKDIR:
    case OP_MKFILE:
      o->path = arguments[0];
      return clean_path(o->path, 1) ? NULL : wrong;
    case OP_DEVICE:
      o->path = arguments[0];
      if (!clean_path(o->path, 0) || decimal(arguments[1], 4095, &o->major) < 0) return wrong;
      if (decimal(arguments[2], 1 << 20, &o->minor) < 0 || decimal(arguments[3], 0777, &o->mode) < 0) return wrong;
      return NULL;
    case OP_JOIN: return decimal(arguments[0], items - 1, &o->item) < 0 ? wrong : NULL;
    case OP_TIME:
    case OP_SEAL: return NULL;
  }
  return wrong;
}

const char *plan_parse(struct plan *plan, const struct message *m, uint32_t items, int creates) {
  *plan = (struct plan){0, NULL, 0, NULL};
  if (m->count < 3 || strcmp(m->strings[0], "plan") != 0) return "the kind of the answer";
  plan->document = m->strings[1];
  if (decimal(m->strings[2], UINT32_MAX, &plan->base) < 0) return "the base";
  if (!creates) return plan->base == 0 && m->count == 3 ? NULL : "operations for a verb that has none";
  if (plan->base < FIRST_BASE || (plan->base - FIRST_BASE) % RANGE != 0 || plan->base > UINT32_MAX - RANGE) return "the base";
  if (items == 0) return "operations without items";
  plan->operations = allocate(m->count, sizeof *plan->operations);
  for (uint32_t at = 3; at < m->count;) {
    size_t n = 0;
    while (n < sizeof known / sizeof *known && strcmp(known[n].name, m->strings[at]) != 0) n++;
    if (n == sizeof known / sizeof *known || known[n].arguments > m->count - at - 1) return "an operation";
    struct operation *o = &plan->operations[plan->count++];
    o->kind = known[n].kind;
    const char *wrong = parse_one(o, m->strings + at + 1, items);
    if (wrong != NULL) return wrong;
    at += 1 + known[n].arguments;
  }
  if (plan->count == 0) return "no operations";
  size_t roots = 0;
  for (size_t n = 0; n < plan->count; n++) roots += plan->operations[n].kind == OP_ROOT;
  return roots == 1 ? NULL : "the number of roots";
}

const struct operation *plan_join(const struct plan *plan) {
  for (size_t n = 0; n < plan->count; n++)
    if (plan->operations[n].kind == OP_JOIN) return &plan->operations[n];
  return NULL;
}

void plan_free(struct plan *plan) {
  free(plan->operations);
  *plan = (struct plan){0, NULL, 0, NULL};
}
