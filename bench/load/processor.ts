import { readFileSync } from 'node:fs';
import { TICKS_PER_SECOND } from '../boot/uptime.ts';

/**
 * Seconds of this machine's processors that a process has had, whatever else the machine does.
 * @param stat /proc/<pid>/stat; proc_pid_stat(5)
 */
export function processorSeconds(stat: string): number {
  // the second field is a name, in parentheses, that may hold spaces and parentheses; fields 14 and 15 are utime and stime
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((utime ?? Number.NaN) + (stime ?? Number.NaN)) / TICKS_PER_SECOND;
}

/** @param pidFile of a process that runs */
export function processorSecondsOf(pidFile: string): number {
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  return processorSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
