#include "runc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/*
 * A message: the size of what follows, the number of strings; then of each string its length, its bytes and a NUL.
 * Numbers are 32 bits, little-endian. See services/warden/wire.ts.
 */
enum { MOST_MESSAGE = 16 * 1024 * 1024, MOST_STRINGS = 64 * 1024, RETRY_MS = 50 };

static uint32_t number(const char *at) {
  const unsigned char *b = (const unsigned char *)at;
  return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void put_number(char *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (char)(value >> (8 * i));
}

void builder_add(struct builder *b, const char *text, size_t length) {
  if (b->size == 0) b->size = 8; /* the header, filled in at the end */
  size_t needed = b->size + 4 + length + 1;
  if (needed > MOST_MESSAGE || b->count >= MOST_STRINGS) refuse("runc: too much to ask the warden at once");
  if (needed > b->room) {
    size_t room = needed * 2;
    char *data = realloc(b->data, room);
    if (data == NULL) fail("memory");
    b->data = data;
    b->room = room;
  }
  put_number(b->data + b->size, (uint32_t)length);
  memcpy(b->data + b->size + 4, text, length);
  b->data[b->size + 4 + length] = 0;
  b->size = needed;
  b->count++;
}

int message_parse(struct message *m, char *payload, size_t size) {
  if (size < 4 || size > MOST_MESSAGE) return -1;
  uint32_t count = number(payload);
  if (count == 0 || count > MOST_STRINGS) return -1;
  char **strings = allocate(count, sizeof *strings);
  size_t at = 4;
  for (uint32_t n = 0; n < count; n++) {
    if (size - at < 5) goto malformed;
    size_t length = number(payload + at);
    at += 4;
    if (length > size - at - 1) goto malformed;
    if (payload[at + length] != 0 || memchr(payload + at, 0, length) != NULL) goto malformed;
    strings[n] = payload + at;
    at += length + 1;
  }
  if (at != size) goto malformed;
  *m = (struct message){payload, size, count, strings};
  return 0;
malformed:
  free(strings);
  return -1;
}

void message_free(struct message *m) {
  free(m->buffer);
  free(m->strings);
  *m = (struct message){NULL, 0, 0, NULL};
}

static long long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The warden may be on its way back: it is tried again for a while. */
int warden_connect(int patience, int answer) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = WARDEN_SOCKET};
  long long end = milliseconds() + patience;
  for (;;) {
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) fail("socket");
    struct timeval limit = {answer / 1000, answer % 1000 * 1000};
    if (setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) fail("SO_RCVTIMEO");
    if (setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0) fail("SO_SNDTIMEO");
    if (connect(s, (struct sockaddr *)&address, sizeof address) == 0) {
      struct ucred peer;
      socklen_t length = sizeof peer;
      if (getsockopt(s, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) fail("SO_PEERCRED");
      if (peer.uid != WARDEN_UID) refuse("runc: what listens on " WARDEN_SOCKET " is not the warden");
      return s;
    }
    close(s);
    if (milliseconds() >= end) return -1;
    nanosleep(&(struct timespec){0, RETRY_MS * 1000000L}, NULL);
  }
}

int message_send(int socket, struct builder *b) {
  put_number(b->data, (uint32_t)(b->size - 4));
  put_number(b->data + 4, b->count);
  for (size_t sent = 0; sent < b->size;) {
    ssize_t n = send(socket, b->data + sent, b->size - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    sent += (size_t)n;
  }
  free(b->data);
  *b = (struct builder){NULL, 0, 0, 0};
  return 0;
}

static int receive_all(int socket, char *to, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t n = recv(socket, to + got, size - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    got += (size_t)n;
  }
  return 0;
}

int message_receive(int socket, struct message *m) {
  char header[4];
  if (receive_all(socket, header, sizeof header) < 0) return -1;
  size_t size = number(header);
  if (size < 4 || size > MOST_MESSAGE) return -1;
  char *payload = allocate(size, 1);
  if (receive_all(socket, payload, size) == 0 && message_parse(m, payload, size) == 0) return 0;
  free(payload);
  return -1;
}
