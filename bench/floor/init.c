/*
 * The least that brings an engine up from the same image: /init of an initramfs for benchmarks. It mounts, loads the same
 * modules, gives the network card its address, and starts containerd and dockerd, both at once. It checks nothing, and
 * supervises nothing: what any init for this image takes at least (bench/boot/).
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the initramfs, made by build.ts: seen from the new root as well. */
#define FILES "/floor"
#define FILES_LATER "/run/floor"
#define PROGRAMS FILES_LATER "/path"

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	dprintf(STDERR_FILENO, "floor: %s: %s\n", what, strerror(errno));
	for (;;)
		pause();
}

static void attach(const char *source, const char *target, const char *type, unsigned long flags)
{
	mkdir(target, 0755);
	check(mount(source, target, type, flags, NULL), target);
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd, path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		check(-1, path);
	close(fd);
}

/* @folder: of names in the list that are not paths */
static void load_all(const char *list, const char *folder)
{
	char line[256], path[512];
	FILE *lines = fopen(list, "re");

	check(lines ? 0 : -1, list);
	while (fgets(line, sizeof line, lines)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof path, "%s%s", line[0] == '/' ? "" : folder, line);
		load(path);
	}
	fclose(lines);
}

static void up(const char *name, const char *address, const char *mask)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};
	struct sockaddr_in *inet = (struct sockaddr_in *)&request.ifr_addr;

	check(fd, "socket");
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	inet->sin_family = AF_INET;
	inet->sin_addr.s_addr = inet_addr(address);
	check(ioctl(fd, SIOCSIFADDR, &request), address);
	inet->sin_addr.s_addr = inet_addr(mask);
	check(ioctl(fd, SIOCSIFNETMASK, &request), mask);
	request.ifr_flags = IFF_UP;
	check(ioctl(fd, SIOCSIFFLAGS, &request), name);
	close(fd);
}

static void start(char *const argv[])
{
	static char *const environment[] = {"PATH=" PROGRAMS ":/usr/bin:/usr/sbin", "HOME=/run", NULL};

	if (fork() != 0)
		return;
	setsid();
	execve(argv[0], argv, environment);
	check(-1, argv[0]);
}

int main(void)
{
	const struct rlimit files = {1048576, 1048576};

	attach("dev", "/dev", "devtmpfs", MS_NOSUID);
	attach("proc", "/proc", "proc", 0);
	attach("sys", "/sys", "sysfs", 0);
	load_all("/modules/order", "/modules/");
	attach("/dev/vda", "/root", "erofs", MS_RDONLY);
	check(mount("/dev", "/root/dev", NULL, MS_MOVE, NULL), "move /dev");
	check(mount("/proc", "/root/proc", NULL, MS_MOVE, NULL), "move /proc");
	check(mount("/sys", "/root/sys", NULL, MS_MOVE, NULL), "move /sys");
	attach("run", "/root/run", "tmpfs", 0);
	check(mkdir("/root" FILES_LATER, 0755), FILES_LATER);
	check(mount(FILES, "/root" FILES_LATER, NULL, MS_BIND, NULL), FILES);
	check(chdir("/root"), "/root");
	check(mount(".", "/", NULL, MS_MOVE, NULL), "move the root");
	check(chroot("."), "chroot");
	check(chdir("/"), "/");
	attach("tmp", "/tmp", "tmpfs", 0);
	attach("cgroup", "/sys/fs/cgroup", "cgroup2", 0);
	attach("/dev/vdb", "/var/lib", "ext4", 0);
	load_all(FILES_LATER "/modules", "");
	up("lo", "127.0.0.1", "255.0.0.0");
	up("eth0", "10.0.2.15", "255.255.255.0");
	setrlimit(RLIMIT_NOFILE, &files);
	start((char *const[]){"/usr/bin/containerd", "--config", FILES_LATER "/containerd.toml", NULL});
	start((char *const[]){"/usr/sbin/dockerd", "--config-file", FILES_LATER "/daemon.json", NULL});
	for (;;)
		if (wait(NULL) < 0)
			sleep(1);
}
