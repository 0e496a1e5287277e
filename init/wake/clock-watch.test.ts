import { expect, test } from 'vitest';
import { ClockWatch, hasSlept } from './clock-watch.ts';

/** A machine whose clock is 300 ms behind the wall clock, as it is when QEMU began within a second. */
function machine() {
  const start = 1_700_000_000_700;
  const began = performance.now();
  let slept = 0;
  let offset = 0;
  const truth = () => start + (performance.now() - began) + slept;
  const corrections: number[] = [];
  let readable = true;
  const watch = new ClockWatch({
    readMachineClock: () => {
      return readable ? Math.floor((truth() - 300) / 1000) : undefined;
    },
    now: () => truth() - slept + offset,
    setClock: (at) => {
      offset += at - (truth() - slept + offset);
    },
    onCorrected: (by) => corrections.push(by),
  });
  return {
    watch,
    corrections,
    sleep: (ms: number) => (slept += ms),
    error: () => offset - slept,
    tells: (now: boolean) => {
      readable = now;
    },
    /** By the host. */
    set: (by: number) => {
      offset += by;
      watch.changed(by);
    },
  };
}

type Machine = ReturnType<typeof machine>;

test.concurrent('after a sleep the clock is as right as it was before', async () => {
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

test.concurrent.each([
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

test.concurrent.each([
  ['right after the host has set it', (m: Machine) => m.set(-700), -700],
  ['right after a host that set it by a day', (m: Machine) => m.set(86_400_000), 86_400_000],
])('a sleep is not taken for what the host wanted: %s', async (_, before, wanted) => {
  const m = machine();
  await m.watch.begin();
  before(m);
  m.sleep(600_000);
  await m.watch.look();
  await m.watch.look();
  m.watch.stop();
  expect(m.corrections).toHaveLength(1);
  expect(Math.abs(m.error() - wanted)).toBeLessThan(100);
});

test.concurrent('a host that sets the clock after a sleep, before it was looked at, has the last word', async () => {
  const { watch, corrections, sleep, error, set } = machine();
  await watch.begin();
  sleep(600_000);
  set(599_950);
  await watch.look();
  await watch.look();
  expect(corrections).toEqual([]);
  expect(error()).toBe(-50);
  sleep(600_000);
  await watch.look();
  watch.stop();
  expect(Math.abs(error() + 50)).toBeLessThan(100);
});

test.concurrent('a host that measured before a sleep and sets after it is no answer to the sleep', async () => {
  const { watch, sleep, error, set } = machine();
  await watch.begin();
  sleep(600_000);
  set(40);
  await watch.look();
  watch.stop();
  expect(Math.abs(error() - 40)).toBeLessThan(100);
});

test.concurrent('what the host has set is kept while the machine does not tell its clock', async () => {
  const { watch, corrections, error, set, tells } = machine();
  await watch.begin();
  tells(false);
  set(5_000);
  await watch.look();
  tells(true);
  await watch.look();
  watch.stop();
  expect(corrections).toEqual([]);
  expect(error()).toBe(5_000);
});

test.concurrent('a sleep while it is measured for the first time is made good to a second', async () => {
  const { watch, sleep, error } = machine();
  setTimeout(sleep, 20, 600_000);
  await watch.begin();
  await watch.look();
  watch.stop();
  expect(Math.abs(error())).toBeLessThan(1_100);
});

test.concurrent('rounding is no sleep, an hour is, in both directions', () => {
  expect(hasSlept(1_000_999, 1_000_000, 0)).toBe(false);
  expect(hasSlept(1_001_299, 1_000_000, 300)).toBe(false);
  expect(hasSlept(1_000_000, 4_600_000, 0)).toBe(true);
  expect(hasSlept(4_600_000, 1_000_000, 0)).toBe(true);
});
