import { readFileSync } from 'node:fs';
import { MNT_DETACH } from '../../init/kernel/constants.ts';
import type { Kernel } from '../../init/kernel/kernel.ts';
import { isAtOrBelow, parseMountInfo } from '../../policy/kernel/mount-info.ts';
import { Cgroup } from './cgroup.ts';

/** What a service makes outside of its own cgroup: when it is killed, nobody takes it away. */
export interface LeftBehind {
  /** Folders: what is mounted there or below. */
  mounts: readonly string[];
  /** Path of a cgroup: what runs there or below. */
  cgroup?: string;
}

/** Clears away what the run before left, so that the next one begins as the first did. */
export function clearLeftBehind(kernel: Kernel, { mounts, cgroup }: LeftBehind): void {
  if (cgroup !== undefined) new Cgroup(cgroup).clear();
  const table = readFileSync('/proc/self/mountinfo', 'utf8');
  for (const point of mountPointsBelow(table, mounts)) kernel.unmount(point, MNT_DETACH);
}

/**
 * Pure.
 * @param table /proc/PID/mountinfo (proc_pid_mountinfo(5))
 * @returns what is mounted at or below one of `folders`, the last one first: it can lie on another
 */
export function mountPointsBelow(table: string, folders: readonly string[]): string[] {
  return table
    .split('\n')
    .map((line) => parseMountInfo(line)?.mountPoint)
    .filter((point) => point !== undefined)
    .filter((point) => folders.some((folder) => isAtOrBelow(point, folder)))
    .reverse();
}
