import { inject } from 'vitest';

/** Milliseconds for something that takes about `boots` boots; never less than a minute. */
export function deadline(boots: number): number {
  return Math.max(60_000, Math.round(inject('bootTime') * boots * 3));
}
