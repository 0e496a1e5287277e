/*
 * Stage 0: /init of the initramfs. It mounts the pseudo file systems, checks the command line, loads the few modules
 * that the root file system needs, mounts the root through dm-verity, leaves the initramfs empty behind and becomes
 * Node, PID 1. A child of it does meanwhile what PID 1 will need, and ends.
 *
 * It decides nothing and reads nothing that a container or a user can write. When a step fails it says which,
 * why and what to do on the console, and powers off: a half-made machine never goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "stage0.h"

/* The disk is found by the serial number that the launcher gives it, not by its place on the bus. */
#define ROOT_SERIAL "bulkhead-root"
#define ROOT_WAIT_MS 10000
#define NEW_ROOT "/root"
#define SYSLOG_CONSOLE_LEVEL 8 /* SYSLOG_ACTION_CONSOLE_LEVEL of syslog(2) */

static char *const node_argv[] = {
    "/usr/bin/node",
    "--experimental-ffi",
    "--no-warnings",
    "--disable-proto=throw",
    "--disallow-code-generation-from-strings",
    "--v8-pool-size=0",
    "--jitless", /* it never makes machine code: init/kernel/own-code.ts has the kernel see to that */
    "--optimize-for-size",
    "--expose-gc", /* services/return-memory.ts */
    /* the memory of a thread that ended is given back, not kept for the next one */
    "--no-memory-pool-share-memory-on-teardown",
    "/usr/lib/bulkhead/init.mjs",
    NULL,
};

/* A whole environment: nothing of the kernel's command line reaches Node through it. */
static char *const node_envp[] = {
    "PATH=/usr/sbin:/usr/bin", "HOME=/root", "LANG=C.UTF-8", "UV_THREADPOOL_SIZE=4", "MALLOC_ARENA_MAX=1", NULL,
};

void fail(const char *hint, const char *format, ...)
{
	const struct timespec queued = {.tv_nsec = 100 * 1000 * 1000}; /* what it has to say already is sent meanwhile */
	int error = errno;
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	/* From here the kernel's messages go to its log alone (console level 1), not into the middle of these words. */
	klogctl(SYSLOG_CONSOLE_LEVEL, NULL, 1);
	nanosleep(&queued, NULL);
	dprintf(STDERR_FILENO, "bulkhead: stage 0 failed: %s%s%s\nbulkhead: what to do: %s\n", line,
		error ? ": " : "", error ? strerror(error) : "", hint);
	/* A serial console may still be sending; then off, as PID 1 must not return. */
	sleep(1);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_or_fail(const char *source, const char *target, const char *type, unsigned long flags,
			  const char *data)
{
	if (mkdir(target, 0755) < 0 && errno != EEXIST)
		fail("the initramfs is damaged: build the image again", "mkdir %s", target);
	if (mount(source, target, type, flags, data) < 0)
		fail("the kernel lacks this file system: use the kernel of the same build", "mount %s", target);
}

/* Output to the console, input from nowhere; the console never becomes a controlling terminal. */
static void output_only_console(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (console < 0)
		console = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (console >= 0) {
		dup2(console, STDOUT_FILENO);
		dup2(console, STDERR_FILENO);
	}
	setsid();
}

/* As early as can be: BREAK and a key on the serial line would otherwise be commands (Documentation/admin-guide/sysrq.rst). */
static void forbid_sysrq(void)
{
	int fd = open("/proc/sys/kernel/sysrq", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0\n", 2) != 2)
		fail("use the kernel of the same build", "turn off sysrq");
	close(fd);
}

static void load_module(const char *name)
{
	char path[256];
	int fd;

	if (snprintf(path, sizeof path, "/modules/%s", name) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		fail("build the image again", "module %s", name);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("the initramfs is damaged: build the image again", "open %s", path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		fail("kernel and initramfs are of different builds: use those of one build", "load %s", name);
	close(fd);
	unlink(path);
}

static void load_modules(void)
{
	char name[200];
	FILE *order = fopen("/modules/order", "re");

	if (!order)
		fail("the initramfs is damaged: build the image again", "open /modules/order");
	while (fgets(name, sizeof name, order)) {
		name[strcspn(name, "\n")] = '\0';
		if (name[0] != '\0')
			load_module(name);
	}
	fclose(order);
	unlink("/modules/order");
	rmdir("/modules");
}

/* Whether /sys/block/NAME/serial is the root's. */
static int has_root_serial(const char *name)
{
	char path[64], serial[32];
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/sys/block/%s/serial", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, serial, sizeof serial - 1);
	close(fd);
	if (length < 0)
		return 0;
	serial[length] = '\0';
	serial[strcspn(serial, "\n")] = '\0';
	return strcmp(serial, ROOT_SERIAL) == 0;
}

/* The device node of the root disk, once it is there. */
static const char *root_device(void)
{
	static char path[32];
	const struct timespec pause_time = {.tv_nsec = 10 * 1000 * 1000};

	for (int waited = 0; waited < ROOT_WAIT_MS; waited += 10) {
		for (char letter = 'a'; letter <= 'z'; letter++) {
			const char name[] = {'v', 'd', letter, '\0'};

			if (!has_root_serial(name))
				continue;
			snprintf(path, sizeof path, "/dev/%s", name);
			return path;
		}
		nanosleep(&pause_time, NULL);
	}
	errno = ENODEV;
	fail("attach the root image as a virtio disk with serial=" ROOT_SERIAL, "find the root disk");
}

static void move_mount(const char *name)
{
	char target[64];

	snprintf(target, sizeof target, NEW_ROOT "%s", name);
	if (mount(name, target, NULL, MS_MOVE, NULL) < 0)
		fail("the root image is of another build: use that of the same build", "move %s", name);
}

static void switch_root(void)
{
	unlink("/init");
	if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		fail("the root image is damaged: build the image again", "switch to the root");
}

/* What a child of PID 1 does meanwhile is not looked at: PID 1 does what has not been done, and says what cannot be. */
static void try_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	syscall(SYS_finit_module, fd, "", 0);
	close(fd);
}

/* Reads a file: it is checked by dm-verity on the way, and then in memory. */
static void try_read(const char *path)
{
	static char chunk[256 * 1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (read(fd, chunk, sizeof chunk) > 0)
		;
	close(fd);
}

static void for_each_line(const char *list, void (*each)(const char *path))
{
	char line[256];
	FILE *lines = fopen(list, "re");

	if (!lines)
		return;
	while (fgets(line, sizeof line, lines)) {
		line[strcspn(line, "\n")] = '\0';
		each(line);
	}
	fclose(lines);
}

/*
 * Node takes seconds to start where the machine is emulated, on one CPU. Meanwhile another loads the modules that do not
 * depend on the settings which PID 1 makes, and reads what PID 1 will hash (image/build.ts lists both). All of it comes
 * from the verified root.
 */
static void use_another_cpu_meanwhile(void)
{
	if (fork() != 0)
		return;
	for_each_line("/usr/lib/bulkhead/early-modules", try_module);
	for_each_line("/usr/lib/bulkhead/early-reads", try_read);
	_exit(0);
}

int main(void)
{
	const char *command_line;

	umask(022);
	mount_or_fail("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
	output_only_console();
	mount_or_fail("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_or_fail("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	forbid_sysrq();
	command_line = signed_command_line();
	load_modules();
#ifdef WITHOUT_VERITY /* for tests and benchmarks, which compare */
	(void)command_line;
	mount_or_fail(root_device(), NEW_ROOT, "erofs", MS_RDONLY | MS_NODEV | MS_NOSUID, NULL);
#else
	mount_or_fail(open_verity(root_device(), command_line), NEW_ROOT, "erofs", MS_RDONLY | MS_NODEV | MS_NOSUID, NULL);
#endif
	move_mount("/dev");
	move_mount("/proc");
	move_mount("/sys");
	switch_root();
	use_another_cpu_meanwhile();
	execve(node_argv[0], node_argv, node_envp);
	fail("the root image is damaged: build the image again", "execute %s", node_argv[0]);
}
