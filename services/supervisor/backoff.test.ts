import { expect, it } from 'vitest';
import { backoffDelay, DEFAULT_BACKOFF } from './backoff.ts';

it('doubles with each failure', () => {
  expect([1, 2, 3, 4].map((failures) => backoffDelay(DEFAULT_BACKOFF, failures, 0))).toEqual([
    100, 200, 400, 800,
  ]);
});

it('stays between half of its longest delay and all of it, and never above the cap', () => {
  for (let failures = 1; failures < 5000; failures += 7) {
    const [low, high] = [
      backoffDelay(DEFAULT_BACKOFF, failures, 0),
      backoffDelay(DEFAULT_BACKOFF, failures, 0.999),
    ];
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(2 * low);
    expect(high).toBeLessThanOrEqual(DEFAULT_BACKOFF.cap);
  }
});
