/*
 * dm-verity over the root disk, by the ioctls of device-mapper (Documentation/admin-guide/device-mapper/verity.rst,
 * include/uapi/linux/dm-ioctl.h). All parameters come from the signed command line; there is no superblock to trust.
 *
 * The table is loaded twice. At first without an option: a block that does not fit is then an I/O error, which can be
 * told in words. Then with panic_on_corruption: from there on the kernel ends the VM at the first such block. Not used:
 * check_at_most_once, since the disk belongs to the host and may change later; ignore_zero_blocks, since a compressed
 * root has next to none; panic_on_error, since a block that cannot be read harms nobody who checks its reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "stage0.h"

#define NAME "bulkhead-root"
#define WORD "bulkhead.verity="
#define BLOCK 4096ULL
#define SECTORS_OF_BLOCK (BLOCK / 512)
#define DIGESTS_OF_BLOCK 128
#define DIGITS 64
#define WAIT_MS 5000
#define HINT_KERNEL "kernel and initramfs are of different builds: use those of one build"
#define HINT_ROOT "the root image is damaged or was changed: build or fetch it again"

/* include/uapi/linux/dm-ioctl.h, which musl's headers lack; version 4 of an interface that does not change. */
struct dm_ioctl {
	uint32_t version[3];
	uint32_t data_size;
	uint32_t data_start;
	uint32_t target_count;
	int32_t open_count;
	uint32_t flags;
	uint32_t event_nr;
	uint32_t padding;
	uint64_t dev;
	char name[128];
	char uuid[129];
	char data[7];
};
_Static_assert(sizeof(struct dm_ioctl) == 312, "struct dm_ioctl of the kernel");
struct dm_target_spec {
	uint64_t sector_start;
	uint64_t length;
	int32_t status;
	uint32_t next;
	char target_type[16];
};
#define DM_VERSION 4
#define DM_READONLY_FLAG (1u << 0)
#define DM_DEV_CREATE _IOWR(0xfd, 3, struct dm_ioctl)
#define DM_DEV_SUSPEND _IOWR(0xfd, 6, struct dm_ioctl)
#define DM_TABLE_LOAD _IOWR(0xfd, 9, struct dm_ioctl)

struct root {
	unsigned long long blocks;
	char hash[DIGITS + 1];
	char salt[DIGITS + 1];
};

struct request {
	struct dm_ioctl header;
	struct dm_target_spec target;
	char parameters[512];
};

static int control = -1;

static int is_digest(const char *text)
{
	return strspn(text, "0123456789abcdef") == DIGITS;
}

/* The one `bulkhead.verity=BLOCKS,ROOTHASH,SALT`, as policy/verity/word.ts writes it. */
static struct root parse_root(const char *command_line)
{
	const char *hint = "the image was built wrongly: build it again";
	const char *value = strstr(command_line, WORD);
	struct root root = {0};
	char *end;

	errno = EINVAL;
	if (!value || (value != command_line && value[-1] != ' '))
		fail(hint, "the command line names no root hash (" WORD ")");
	value += strlen(WORD);
	if (strstr(value, WORD))
		fail(hint, "the command line names two root hashes");
	root.blocks = strtoull(value, &end, 10);
	errno = EINVAL;
	if (*value < '1' || *value > '9' || end - value > 10 || *end != ',' || !is_digest(end + 1) ||
	    end[1 + DIGITS] != ',' || !is_digest(end + 2 + DIGITS) ||
	    (end[2 + 2 * DIGITS] != '\0' && end[2 + 2 * DIGITS] != ' '))
		fail(hint, "the root hash on the command line is malformed");
	memcpy(root.hash, end + 1, DIGITS);
	memcpy(root.salt, end + 2 + DIGITS, DIGITS);
	return root;
}

static void ask(struct request *request, unsigned long command, unsigned int flags, const char *what, const char *hint)
{
	struct dm_ioctl *header = &request->header;

	header->version[0] = DM_VERSION;
	header->data_size = sizeof *request;
	header->data_start = offsetof(struct request, target);
	header->flags = flags;
	snprintf(header->name, sizeof header->name, NAME);
	if (ioctl(control, command, request) < 0)
		fail(hint, "%s", what);
}

static void load_table(const char *disk, const struct root *root, const char *option)
{
	struct request request = {.header.target_count = 1};

	request.target.length = root->blocks * SECTORS_OF_BLOCK;
	snprintf(request.target.target_type, sizeof request.target.target_type, "verity");
	snprintf(request.parameters, sizeof request.parameters, "1 %s %s %llu %llu %llu %llu sha256 %s %s%s", disk, disk,
		 BLOCK, BLOCK, root->blocks, root->blocks, root->hash, root->salt, option);
	ask(&request, DM_TABLE_LOAD, DM_READONLY_FLAG, "load the table of dm-verity", HINT_KERNEL);
	request = (struct request){0};
	ask(&request, DM_DEV_SUSPEND, DM_READONLY_FLAG, "start dm-verity", HINT_KERNEL); /* without DM_SUSPEND_FLAG: resume */
}

/* devtmpfs makes the node; it may take a moment. */
static int open_device(const char *path)
{
	const struct timespec pause_time = {.tv_nsec = 5 * 1000 * 1000};
	int fd = -1;

	for (int waited = 0; waited < WAIT_MS; waited += 5) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		nanosleep(&pause_time, NULL);
	}
	if (fd < 0)
		fail(HINT_KERNEL, "open %s", path);
	return fd;
}

/* Blocks of the whole hash tree: each level has a digest for each block of the level below, 128 of them to a block. */
static unsigned long long tree_blocks(unsigned long long below)
{
	unsigned long long sum = 0;

	while (below > 1) {
		below = (below + DIGESTS_OF_BLOCK - 1) / DIGESTS_OF_BLOCK;
		sum += below;
	}
	return sum;
}

/* Asked before device-mapper is, which would name neither the image nor what to do. */
static void require_size(const char *disk, const struct root *root)
{
	const unsigned long long wanted = (root->blocks + tree_blocks(root->blocks)) * BLOCK;
	uint64_t size = 0;
	int fd = open(disk, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) < 0)
		fail(HINT_KERNEL, "read the size of %s", disk);
	close(fd);
	errno = 0;
	if (size < wanted)
		fail(HINT_ROOT, "the root image is shorter than what was signed (%llu bytes, signed were %llu)",
		     (unsigned long long)size, wanted);
}

/* The first block and the last: their ways to the root hash go along both edges of the tree. */
static void try_blocks(const char *path, const struct root *root)
{
	const off_t places[] = {0, (off_t)((root->blocks - 1) * BLOCK)};
	char block[BLOCK];
	int fd = open_device(path);

	for (size_t at = 0; at < sizeof places / sizeof places[0]; at++)
		if (pread(fd, block, sizeof block, places[at]) != (ssize_t)sizeof block)
			fail(HINT_ROOT, "the root image is not the one whose root hash was signed");
	close(fd);
}

const char *open_verity(const char *disk, const char *command_line)
{
	static char path[32];
	const struct root root = parse_root(command_line);
	struct request request = {0};

	require_size(disk, &root);
	control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		fail(HINT_KERNEL, "open /dev/mapper/control");
	ask(&request, DM_DEV_CREATE, 0, "make a dm-verity device", HINT_KERNEL);
	/* the kernel's encoding of a device number: 8 bits of its minor, 12 of its major, 12 of its minor */
	snprintf(path, sizeof path, "/dev/dm-%u",
		 (unsigned int)((request.header.dev & 0xff) | (request.header.dev >> 12 & 0xfff00)));
	load_table(disk, &root, "");
	try_blocks(path, &root);
	load_table(disk, &root, " 1 panic_on_corruption");
	close(control);
	return path;
}
