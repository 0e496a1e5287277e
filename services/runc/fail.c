#include "runc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report report = {NULL, 1};

enum { MOST_TEXT = 4096 };

void json_escape(char *to, const char *text) {
  for (; *text != 0; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      *to++ = '\\';
      *to++ = (char)c;
    } else if (c < 0x20 || c == 0x7f) {
      to += sprintf(to, "\\u%04x", c);
    } else {
      *to++ = (char)c;
    }
  }
  *to = 0;
}

/* containerd takes the last line with level "error" of the log for the reason (containerd, pkg/process/utils.go). */
static void write_log(const char *path, const char *text) {
  static char escaped[6 * MOST_TEXT + 1];
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    report.to_stderr = 1;
    return;
  }
  json_escape(escaped, text);
  if (dprintf(file, "{\"level\":\"error\",\"msg\":\"%s\"}\n", escaped) < 0) report.to_stderr = 1;
  close(file);
}

static _Noreturn void end(const char *text) {
  if (report.log != NULL) write_log(report.log, text);
  if (report.log == NULL || report.to_stderr) dprintf(2, "%s\n", text);
  exit(1);
}

void refuse(const char *format, ...) {
  static char text[MOST_TEXT];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  end(text);
}

void fail(const char *format, ...) {
  static char text[MOST_TEXT];
  const char *why = strerror(errno);
  va_list list;
  va_start(list, format);
  int length = vsnprintf(text, sizeof text, format, list);
  va_end(list);
  if (length >= 0 && (size_t)length < sizeof text) snprintf(text + length, sizeof text - (size_t)length, ": %s", why);
  end(text);
}

void *allocate(size_t count, size_t size) {
  void *memory = calloc(count == 0 ? 1 : count, size);
  if (memory == NULL) fail("memory");
  return memory;
}
