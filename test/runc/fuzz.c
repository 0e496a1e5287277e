/* libFuzzer: any bytes as the warden's answer. The client's own main is not linked. */
#include <stdlib.h>
#include <string.h>
#include "../../services/runc/runc.h"

/* Whether a component of a path is `..`; `..x` is a name like any other. */
static int leads_up(const char *path) {
  for (const char *at = path; (at = strstr(at, "..")) != NULL; at++)
    if ((at == path || at[-1] == '/') && (at[2] == 0 || at[2] == '/')) return 1;
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  char *payload = malloc(size);
  if (payload == NULL) return 0;
  memcpy(payload, data, size);
  struct message message;
  if (message_parse(&message, payload, size) < 0) {
    free(payload);
    return 0;
  }
  for (uint32_t items = 0; items < 3; items++) {
    for (int creates = 0; creates < 2; creates++) {
      struct plan plan;
      const char *wrong = plan_parse(&plan, &message, items, creates);
      if (wrong == NULL && creates) {
        if (plan.base < FIRST_BASE || plan.base > UINT32_MAX - RANGE) abort();
        for (size_t n = 0; n < plan.count; n++) {
          const struct operation *o = &plan.operations[n];
          if (o->item >= items) abort();
          if (o->path != NULL && leads_up(o->path)) abort();
        }
      }
      plan_free(&plan);
    }
  }
  char *escaped = malloc(6 * size + 1);
  for (uint32_t n = 0; escaped != NULL && n < message.count; n++) json_escape(escaped, message.strings[n]);
  free(escaped);
  message_free(&message);
  return 0;
}
