/** CLOCK_BOOTTIME and CLOCK_MONOTONIC of the VM, seconds. */
export interface Uptime {
  boottime: number;
  monotonic: number;
}

export interface TimeOffset {
  secs: number;
  nanosecs: number;
}

/**
 * Whether crun is asked to set them. Not by crun 1.21 with a user namespace: it opens /proc/self/timens_offsets after
 * setresuid(2), which makes the process undumpable (fs.suid_dumpable 0), so that the file is the VM's root's: EACCES
 * (libcrun/linux.c, init_container; tried on Linux 6.18). Who starts crun could make the namespace before, as root.
 */
export const CRUN_SETS_TIME_OFFSETS: boolean = false;

/**
 * What to add to the VM's clocks so that the container's start near 0 (time_namespaces(7)). Never less than 0: the kernel
 * refuses that (EINVAL).
 */
export function timeOffsets({ boottime, monotonic }: Uptime): Record<'boottime' | 'monotonic', TimeOffset> {
  return { boottime: negative(boottime), monotonic: negative(monotonic) };
}

function negative(seconds: number): TimeOffset {
  const whole = Math.floor(seconds);
  return { secs: Number.isSafeInteger(whole) && whole > 0 ? -whole : 0, nanosecs: 0 };
}
