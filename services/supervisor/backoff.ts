/** How soon, and how long, a service that ends is started again. Milliseconds. */
export interface BackoffPolicy {
  /** Longest delay before the second start. */
  base: number;
  /** Longest delay ever. */
  cap: number;
  /** A service that was ready for this long has shown that it works: the next delay begins at `base` again. */
  stable: number;
  /** After so many failures in a row a service counts as failed. It is still tried again, at its delay. */
  failures: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = { base: 200, cap: 30_000, stable: 60_000, failures: 6 };

/**
 * The delay before the next start: doubled for each failure up to the cap, of which the upper half is random, so
 * that services which fell together do not rise and fall together.
 * @param failures in a row, at least 1.
 * @param random from 0 up to 1.
 */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: number): number {
  const longest = Math.min(policy.cap, policy.base * 2 ** Math.min(failures - 1, 52));
  return longest / 2 + (longest / 2) * random;
}
