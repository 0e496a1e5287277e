/*
 * The command line that the initramfs was built with against the one that the kernel was started with.
 *
 * The initramfs is signed together with the command line, yet others may add to it: with direct boot whoever starts
 * QEMU, under UEFI systemd's stub, which appends what SMBIOS says (systemd-stub(7), io.systemd.stub.kernel-cmdline-extra)
 * also when Secure Boot is on. So words that loosen the kernel (init=, lockdown=none, module.sig_enforce=0, ...) end the
 * boot here. Behind the signed words only `bulkhead.` ones may stand: PID 1 reads those, and refuses what it does not know.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "stage0.h"

#define EXPECTED "/command-line"
#define ACTUAL "/proc/cmdline"
/* COMMAND_LINE_SIZE of x86 is 2048 */
#define LIMIT 4096
#define SETTING "bulkhead."
#define HINT "start the VM with the command line of manifest.json, as `bulkhead up` does"

static void read_line(const char *path, char line[LIMIT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		fail("the initramfs is damaged: build the image again", "open %s", path);
	length = read(fd, line, LIMIT - 1);
	if (length < 0)
		fail("the initramfs is damaged: build the image again", "read %s", path);
	close(fd);
	line[length] = '\0';
	while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == ' '))
		line[--length] = '\0';
}

/* The first word behind the signed ones that is no setting. */
static const char *foreign_word(char *rest)
{
	for (char *word = strtok(rest, " \t\n"); word; word = strtok(NULL, " \t\n"))
		if (strncmp(word, SETTING, strlen(SETTING)) != 0)
			return word;
	return NULL;
}

const char *signed_command_line(void)
{
	static char expected[LIMIT], actual[LIMIT];
	const char *word;
	size_t length;

	read_line(EXPECTED, expected);
	read_line(ACTUAL, actual);
	unlink(EXPECTED);
	length = strlen(expected);
	errno = EACCES;
	if (strncmp(actual, expected, length) != 0 || (actual[length] != '\0' && actual[length] != ' '))
		fail(HINT, "the kernel's command line is not the one that was signed");
	word = foreign_word(actual + length);
	if (word)
		fail(HINT, "the kernel's command line has the word '%s', which was not signed", word);
	return expected;
}
