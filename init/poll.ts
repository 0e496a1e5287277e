import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/**
 * Looks again and again until there is something; for what tells nobody that it is ready.
 * @returns what `look` found, or undefined when `timeout` milliseconds had passed
 */
export async function poll<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { clock, timeout, interval = 50 }: { clock: Clock; timeout: number; interval?: number },
): Promise<T | undefined> {
  const end = clock() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (clock() > end) return undefined;
    await sleep(interval);
  }
}
