/** mount(2) flags: include/uapi/linux/mount.h */
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_NOSYMFOLLOW = 256;
export const MS_NOATIME = 1024;
export const MS_BIND = 4096;
export const MS_MOVE = 8192;
export const MS_REC = 16384;
export const MS_PRIVATE = 1 << 18;
export const MS_SLAVE = 1 << 19;
export const MS_SHARED = 1 << 20;
export const MS_RELATIME = 1 << 21;

/** umount2(2) flags: include/linux/fs.h */
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;

/** reboot(2) commands: include/uapi/linux/reboot.h */
export const RB_AUTOBOOT = 0x01234567;
export const RB_HALT_SYSTEM = 0xcdef0123;
export const RB_POWER_OFF = 0x4321fedc;
/** ctrl-alt-del sends SIGINT to PID 1 instead of rebooting at once. */
export const RB_DISABLE_CAD = 0;

/** finit_module(2) flags: include/uapi/linux/module.h */
export const MODULE_INIT_COMPRESSED_FILE = 4;

/** poll(2) events: include/uapi/asm-generic/poll.h */
export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 16;
export const POLLNVAL = 32;
