import { expect, test } from 'vitest';
import { ClockWatch, hasSlept } from './clock-watch.ts';

/** A machine whose clock is 300 ms behind the wall clock, as it is when QEMU began within a second. */
function machine() {
  const start = 1_700_000_000_700;
  const began = performance.now();
  let slept = 0;
  let offset = 0;
  let changes = 0;
  const truth = () => start + (performance.now() - began) + slept;
  const corrections: number[] = [];
  const watch = new ClockWatch({
    readMachineClock: () => Math.floor((truth() - 300) / 1000),
    now: () => truth() - slept + offset,
    setClock: (at) => {
      offset += at - (truth() - slept + offset);
    },
    changes: () => changes,
    onCorrected: (by) => corrections.push(by),
  });
  return {
    watch,
    corrections,
    sleep: (ms: number) => (slept += ms),
    error: () => offset - slept,
    /** By the host. */
    set: (by: number) => {
      offset += by;
      changes++;
    },
  };
}

test('after a sleep the clock is as right as it was before', async () => {
  const { watch, corrections, sleep, error } = machine();
  expect(Math.abs((await watch.begin()) - 300)).toBeLessThan(100);
  await watch.look();
  expect(corrections).toEqual([]);
  sleep(600_000);
  expect(error()).toBe(-600_000);
  await watch.look();
  watch.stop();
  expect(corrections).toHaveLength(1);
  expect(Math.abs(error())).toBeLessThan(100);
});

test.each([
  ['before a sleep', 0, false],
  ['while it is measured', 100, true],
  ['to much more than a sleep', -40_000_000, false],
])('what the host has set is kept: %s', async (_, by, meanwhile) => {
  const { watch, corrections, sleep, error, set } = machine();
  const measured = watch.begin();
  if (meanwhile) setTimeout(set, 20, by);
  await measured;
  if (!meanwhile) set(by);
  await watch.look();
  expect(error()).toBe(by);
  sleep(600_000);
  await watch.look();
  watch.stop();
  expect(corrections).toHaveLength(1);
  expect(Math.abs(error() - by)).toBeLessThan(100);
});

test('rounding is no sleep, an hour is, in both directions', () => {
  expect(hasSlept(1_000_999, 1_000_000, 0)).toBe(false);
  expect(hasSlept(1_001_299, 1_000_000, 300)).toBe(false);
  expect(hasSlept(1_000_000, 4_600_000, 0)).toBe(true);
  expect(hasSlept(4_600_000, 1_000_000, 0)).toBe(true);
});
