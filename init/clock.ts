import { readFileSync } from 'node:fs';

/** Milliseconds since the kernel started. */
export type Clock = () => number;

/** A clock that reads `/proc/uptime` once and counts on with the monotonic clock. */
export function bootClock(): Clock {
  const [seconds = '0'] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const offset = Number(seconds) * 1000 - performance.now();
  return () => Math.round(performance.now() + offset);
}
