import { readFileSync } from 'node:fs';
import { hasSystemCode } from '../errors.ts';

/** A process for good: a pid is given to another process later, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's: field 22 of /proc/<pid>/stat, proc_pid_stat(5). */
  readonly startTime: string;
}

/** @returns undefined when there is no such process, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  const { 3: state, 22: startTime } = statFields(stat);
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime };
}

/** Pure. @param stat /proc/<pid>/stat @returns its fields after the name, by their numbers in proc_pid_stat(5) */
export function statFields(stat: string): Readonly<Record<number, string>> {
  // The name, in parentheses, may itself hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Object.fromEntries(fields.map((field, at) => [at + 3, field]));
}

export function isAlive(process: ProcessIdentity): boolean {
  return identifyProcess(process.pid)?.startTime === process.startTime;
}

/** @returns whether it was still there to be signalled. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if (hasSystemCode(error, 'ESRCH')) return false;
    throw error;
  }
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
