import { readFileSync } from 'node:fs';
import { statFields } from '../../host/machine/process.ts';
import { TICKS_PER_SECOND } from '../boot/uptime.ts';

/**
 * Seconds of this machine's processors that a process has had, whatever else the machine does.
 * @param stat /proc/<pid>/stat; proc_pid_stat(5)
 */
export function processorSeconds(stat: string): number {
  const { 14: utime, 15: stime } = statFields(stat);
  return (Number(utime) + Number(stime)) / TICKS_PER_SECOND;
}

/** @param pidFile of a process that runs */
export function processorSecondsOf(pidFile: string): number {
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  return processorSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
