#include "runc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The command line of runc as containerd's shim and BuildKit write it (github.com/containerd/go-runc). For verbs that
 * are mediated nothing unknown is passed on; the other verbs go to crun as they are.
 */

static const struct { const char *name; enum verb verb; } verbs[] = {
    {"create", CREATE}, {"run", RUN},    {"exec", EXEC},  {"update", UPDATE}, {"delete", DELETE}, {"state", PASS},
    {"start", PASS},    {"kill", PASS},  {"ps", PASS},    {"events", PASS},   {"pause", PASS},    {"resume", PASS},
    {"list", PASS},     {"features", PASS},
};

/* Whether `argument` is option `name`; then `*value` is what follows `=`, or NULL. */
static int is_option(const char *argument, const char *name, const char **value) {
  size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0) return 0;
  if (argument[length] != 0 && argument[length] != '=') return 0;
  *value = argument[length] == '=' ? argument + length + 1 : NULL;
  return 1;
}

struct option { const char *name; const char **text; int *flag; int verbs; };

static int take(int argc, char **argv, int *at, const struct option *options, size_t count, int verb) {
  for (size_t n = 0; n < count; n++) {
    const char *value;
    if (!is_option(argv[*at], options[n].name, &value)) continue;
    if (verb >= 0 && !(options[n].verbs >> verb & 1)) break;
    if (options[n].text == NULL) {
      if (value != NULL && strcmp(value, "true") != 0) refuse("runc: %s takes no value", options[n].name);
      *options[n].flag = 1;
      return 1;
    }
    if (value == NULL && ++*at >= argc) refuse("runc: %s lacks its value", options[n].name);
    *options[n].text = value != NULL ? value : argv[*at];
    return 1;
  }
  return 0;
}

int plain_id(const char *id) {
  size_t length = strlen(id);
  static const char *const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
  return length > 0 && length <= 255 && strspn(id, letters) == length && id[0] != '.' && id[0] != '-';
}

static void parse_verb(int argc, char **argv, int at, struct arguments *a) {
  const char *preserve = NULL;
  int ignored = 0;
  enum { MAKE = 1 << CREATE | 1 << RUN, ALL = MAKE | 1 << EXEC };
  const struct option options[] = {
      {"--bundle", &a->bundle, NULL, MAKE},
      {"-b", &a->bundle, NULL, MAKE},
      {"--pid-file", &a->pid_file, NULL, ALL},
      {"--console-socket", &a->console_socket, NULL, ALL},
      {"--preserve-fds", &preserve, NULL, ALL},
      {"--no-new-keyring", NULL, &a->no_new_keyring, MAKE},
      {"--detach", NULL, &a->detach, 1 << RUN | 1 << EXEC},
      {"-d", NULL, &a->detach, 1 << RUN | 1 << EXEC},
      {"--keep", NULL, &a->keep, 1 << RUN},
      {"--no-subreaper", NULL, &ignored, 1 << RUN},
      {"--tty", NULL, &a->tty, 1 << EXEC},
      {"-t", NULL, &a->tty, 1 << EXEC},
      {"--process", &a->document, NULL, 1 << EXEC},
      {"-p", &a->document, NULL, 1 << EXEC},
      {"--resources", &a->document, NULL, 1 << UPDATE},
      {"-r", &a->document, NULL, 1 << UPDATE},
  };
  for (; at < argc && argv[at][0] == '-'; at++)
    if (!take(argc, argv, &at, options, sizeof options / sizeof *options, (int)a->verb))
      refuse("runc %s: option %.100s is not one that containers are made with here", a->verb_name, argv[at]);
  if (at + 1 != argc) refuse("runc %s: expected one container id", a->verb_name);
  a->id = argv[at];
  if (!plain_id(a->id)) refuse("runc %s: %.100s is no container id", a->verb_name, a->id);
  if (preserve != NULL) {
    if (strlen(preserve) > 2 || preserve[strspn(preserve, "0123456789")] != 0) refuse("runc: --preserve-fds %.20s", preserve);
    a->preserve_fds = atoi(preserve);
  }
  if ((a->verb == EXEC || a->verb == UPDATE) && a->document == NULL)
    refuse("runc %s: only with %s FILE", a->verb_name, a->verb == EXEC ? "--process" : "--resources");
}

void parse_arguments(int argc, char **argv, struct arguments *a) {
  const char *unused = NULL;
  int flag = 0, version = 0;
  const struct option options[] = {
      {"--root", &a->root, NULL, 0},          {"--log", &a->log, NULL, 0},
      {"--log-format", &a->log_format, NULL, 0}, {"--debug", NULL, &a->debug, 0},
      {"--criu", &unused, NULL, 0},           {"--rootless", &unused, NULL, 0},
      {"--systemd-cgroup", NULL, &flag, 0},   {"--version", NULL, &version, 0},
      {"-v", NULL, &version, 0},              {"--help", NULL, &version, 0},
  };
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; at++)
    if (!take(argc, argv, &at, options, sizeof options / sizeof *options, -1))
      refuse("runc: option %.100s is not known here", argv[at]);
  report.log = a->log;
  a->verb = PASS;
  if (at >= argc || version) return;
  a->verb_name = argv[at];
  for (size_t n = 0; n < sizeof verbs / sizeof *verbs; n++) {
    if (strcmp(argv[at], verbs[n].name) != 0) continue;
    a->verb = verbs[n].verb;
    if (a->verb == DELETE) {
      a->id = argv[argc - 1]; /* delete [--force] ID */
    } else if (a->verb != PASS) {
      report.to_stderr = a->verb == RUN; /* a build shows its user what `run` says; create's goes to a container's log */
      parse_verb(argc, argv, at + 1, a);
    }
    return;
  }
  refuse("runc %.60s: this verb is not available in Bulkhead", argv[at]);
}

static void put(char **list, int *count, const char *name, const char *value) {
  if (value == NULL) return;
  if (name != NULL) list[(*count)++] = (char *)(uintptr_t)name;
  list[(*count)++] = (char *)(uintptr_t)value;
}

char **crun_arguments(const struct arguments *a, const char *document) {
  static char preserve[16];
  char **list = allocate(32, sizeof *list);
  int n = 0;
  put(list, &n, NULL, "crun");
  put(list, &n, "--root", a->root);
  put(list, &n, "--log", a->log);
  put(list, &n, "--log-format", a->log_format);
  put(list, &n, NULL, a->debug ? "--debug" : NULL);
  put(list, &n, NULL, a->verb_name);
  put(list, &n, "--bundle", a->bundle);
  const char *option = a->verb == EXEC ? "--process" : a->verb == UPDATE ? "--resources" : "--config";
  put(list, &n, option, document);
  put(list, &n, "--pid-file", a->pid_file);
  put(list, &n, "--console-socket", a->console_socket);
  put(list, &n, NULL, a->no_new_keyring ? "--no-new-keyring" : NULL);
  put(list, &n, NULL, a->detach ? "--detach" : NULL);
  put(list, &n, NULL, a->keep ? "--keep" : NULL);
  put(list, &n, NULL, a->tty ? "--tty" : NULL);
  if (a->preserve_fds > 0) {
    snprintf(preserve, sizeof preserve, "%d", a->preserve_fds);
    put(list, &n, "--preserve-fds", preserve);
  }
  put(list, &n, NULL, a->id);
  return list;
}
