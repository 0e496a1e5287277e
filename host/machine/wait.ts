import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `probe` again and again until it gives something.
 * @returns what it gave, or undefined when `timeout` milliseconds had passed
 * @throws what `probe` throws, or the signal's reason
 */
export async function waitUntil<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  options: { timeout: number; interval?: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const deadline = performance.now() + options.timeout;
  for (;;) {
    options.signal?.throwIfAborted();
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) return undefined;
    await sleep(options.interval ?? 50, undefined, options.signal ? { signal: options.signal } : {});
  }
}
