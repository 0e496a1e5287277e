import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/<pid>/stat: fixed for user space on x86 (asm-generic/param.h, USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** Milliseconds since this machine started, in steps of ten: the clock that process start times are on. */
export function uptime(): number {
  return parseUptime(readFileSync('/proc/uptime', 'utf8'));
}

/** proc_uptime(5). */
export function parseUptime(text: string): number {
  return Math.round(Number.parseFloat(text) * 1000);
}

/** @param startTime field 22 of /proc/<pid>/stat @returns milliseconds since this machine started */
export function startOf({ startTime }: { startTime: string }): number {
  return (Number(startTime) * 1000) / TICKS_PER_SECOND;
}
