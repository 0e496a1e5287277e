import { expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

it('lets a burst through, then what its rate allows', () => {
  const limit = new RateLimit(10, 3);
  expect([0, 0, 0, 0].map((at) => limit.allows(at))).toEqual([true, true, true, false]);
  expect(limit.allows(50)).toBe(false);
  expect(limit.allows(100)).toBe(true);
  expect(limit.allows(100)).toBe(false);
});

it('saves up no more than its burst', () => {
  const limit = new RateLimit(10, 3);
  limit.allows(0);
  const later = Array.from({ length: 5 }, () => limit.allows(1e9));
  expect(later).toEqual([true, true, true, false, false]);
});

it('counts what it refused, once', () => {
  const limit = new RateLimit(1, 1);
  for (let i = 0; i < 5; i += 1) limit.allows(0);
  expect(limit.takeRefused()).toBe(4);
  expect(limit.takeRefused()).toBe(0);
});
