import { expect, test } from 'vitest';
import { Random } from './random.ts';
import { targets } from './targets.ts';

/** Of each, as many as a moment has; `npm run fuzz` goes on for minutes, with other seeds. */
const RUNS = 2000;
const MOMENT_MS = 800;

test.each(Object.entries(targets))('%s: what must hold, holds for random inputs', (_name, target) => {
  const end = Date.now() + MOMENT_MS;
  for (let seed = 1; seed <= RUNS && Date.now() < end; seed += 1)
    expect(() => target(new Random(seed)), `seed ${seed}`).not.toThrow();
});

test('the same seed makes the same choices', () => {
  const choices = (seed: number) =>
    Array.from(
      { length: 20 },
      (
        (random) => () =>
          random.next()
      )(new Random(seed)),
    );
  expect(choices(5)).toEqual(choices(5));
  expect(choices(5)).not.toEqual(choices(6));
});
