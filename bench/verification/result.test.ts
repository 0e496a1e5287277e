import { expect, test } from 'vitest';
import { renderVerification, resultOf } from './result.ts';
import { bootTimes } from './sample.ts';

const boots = (...pairs: [number, number][]) => pairs.map(([dockerd, ready]) => ({ dockerd, ready }));

test('the share is what is added until dockerd starts, of the verified boot to ready; medians of each', () => {
  const verified = {
    boots: boots([30_000, 50_000], [90_000, 99_000], [29_000, 48_000]),
    reads: [{ disk: 400, verity: 100, files: 50 }],
  };
  const unverified = {
    boots: boots([25_000, 45_000], [24_000, 44_000], [26_000, 46_000]),
    reads: [{ disk: 400, verity: undefined, files: 80 }],
  };
  const result = resultOf(verified, unverified);
  expect(result).toMatchObject({
    dockerd: { verified: 30_000, unverified: 25_000 },
    ready: { verified: 50_000, unverified: 45_000 },
    share: 0.1,
    cold: { disk: 400, verity: 100, files: { verified: 50, unverified: 80 } },
  });
  expect(renderVerification(result)).toContain('takes 10 % of the boot');
});

test('a boot that did not come to an engine is no measurement', () => {
  expect(() => bootTimes([])).toThrow('ready engine');
});
