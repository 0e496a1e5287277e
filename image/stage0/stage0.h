/* Stage 0: what its parts share. */
#ifndef BULKHEAD_STAGE0_H
#define BULKHEAD_STAGE0_H

/* Says on the console what failed, why (errno) and what to do, and powers off: a half-made machine never goes on. */
__attribute__((format(printf, 2, 3), noreturn)) void fail(const char *hint, const char *format, ...);

/* The kernel's command line as it was signed; powers off when the one it was started with is another. */
const char *signed_command_line(void);

/* Lays dm-verity over the root disk as the command line says, tries it. Returns the device to mount. */
const char *open_verity(const char *disk, const char *command_line);

#endif
