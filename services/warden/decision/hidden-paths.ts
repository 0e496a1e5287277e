import { Refused, shown } from './refusal.ts';

/** Beyond docker's list: what tells of the VM or of other containers, or helps to time them. */
const ours = [
  ...'kcore keys interrupts timer_list timer_stats sched_debug latency_stats asound acpi scsi'
    .split(' ')
    .map((name) => `/proc/${name}`),
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
  ...Array.from({ length: 16 }, (_, cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`),
];

/**
 * What crun covers. Nothing where nothing was asked for (privileged, `systempaths=unconfined`): a cover stops proc mounts
 * of nested user namespaces (Linux, fs/namespace.c, mnt_already_visible).
 */
export function maskedPaths(asked: readonly string[] | undefined): string[] {
  return isUncovered(asked) ? [] : [...new Set([...checked(asked ?? []), ...ours])];
}

export function readonlyPaths(asked: readonly string[] | undefined): string[] {
  return checked(asked ?? []);
}

export function isUncovered(asked: readonly string[] | undefined): boolean {
  return asked === undefined || asked.length === 0;
}

function checked(paths: readonly string[]): string[] {
  for (const path of paths) {
    if (!path.startsWith('/') || path.split('/').includes('..'))
      throw new Refused('mounts', `can't hide ${shown(path)}: it is not absolute`);
  }
  return [...paths];
}
