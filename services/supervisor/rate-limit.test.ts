import { expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';
import { FakeClock } from './testing.ts';

function limited(perSecond: number, burst: number) {
  const clock = new FakeClock();
  const told: number[] = [];
  const limit = new RateLimit({ perSecond, burst, clock, onDropped: (count) => told.push(count) });
  return {
    clock,
    told,
    limit,
    times: (count: number) => Array.from({ length: count }, () => limit.allows()),
  };
}

it('lets a burst through, then what its rate allows', () => {
  const { clock, limit, times } = limited(10, 3);
  expect(times(4)).toEqual([true, true, true, false]);
  clock.advance(50);
  expect(limit.allows()).toBe(false);
  clock.advance(50);
  expect(times(2)).toEqual([true, false]);
});

it('saves up no more than its burst', () => {
  const { clock, times } = limited(10, 3);
  times(1);
  clock.advance(1e9);
  expect(times(5)).toEqual([true, true, true, false, false]);
});

it('tells what it held back once a second, and of nothing when that was nothing', () => {
  const { clock, told, times } = limited(1, 1);
  times(5);
  clock.advance(500);
  times(5);
  expect(told).toEqual([]);
  clock.advance(500);
  expect(told).toEqual([9]);
  clock.advance(10_000);
  expect(told).toEqual([9]);
  expect(clock.pending).toBe(0);
});

it('tells at once when asked at the end', () => {
  const { clock, told, limit, times } = limited(1, 1);
  times(3);
  limit.flush();
  limit.flush();
  expect(told).toEqual([2]);
  expect(clock.pending).toBe(0);
});
