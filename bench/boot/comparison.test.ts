import { expect, test } from 'vitest';
import { compare, order } from './comparison.ts';
import { renderComparison } from './report.ts';
import type { BootSample } from './sample.ts';

function sample(contender: BootSample['contender'], ready: number, kernel = '7.3.4'): BootSample {
  return { contender, ready, container: ready / 10, kernel, engine: '26.1.5' };
}

const samples = [
  ...[sample('bulkhead', 30_000), sample('debian', 60_000), sample('floor', 17_000)],
  ...[sample('bulkhead', 20_000), sample('debian', 40_000), sample('floor', 10_000)],
  ...[sample('bulkhead', 26_000), sample('debian', 44_000), sample('floor', 11_000)],
  ...[sample('bulkhead', 22_000), sample('debian', 90_000), sample('floor', 16_000)],
];

test('order() takes turns and begins with a first boot of each', () => {
  expect(order(1)).toEqual(['bulkhead', 'debian', 'floor', 'bulkhead', 'debian', 'floor']);
  expect(order(3)).toHaveLength(12);
});

test('compare() keeps the first boot out of the median', () => {
  const { bulkhead, debian, ratios } = compare(samples);
  expect(bulkhead).toMatchObject({ firstBoot: 30_000, ready: [20_000, 26_000, 22_000], median: 22_000 });
  expect(debian).toMatchObject({ firstBoot: 60_000, median: 44_000, container: 4400 });
  expect(ratios).toEqual({ debian: 0.5, floor: 2 });
});

test('compare() says when kernels differ', () => {
  expect(compare(samples).unequal).toEqual([]);
  const other = samples.map((each) => (each.contender === 'debian' ? { ...each, kernel: '6.12' } : each));
  expect(compare(other).unequal).toEqual(['kernel: Bulkhead has 7.3.4, Debian has 6.12']);
});

test('compare() refuses an empty run', () => {
  expect(() => compare([])).toThrow(RangeError);
});

test('renderComparison() shows all rows and the ratios', () => {
  const text = renderComparison(compare(samples));
  expect(text).toMatch(/bulkhead +30\.0 +20\.0 26\.0 22\.0 +22\.0 +2\.2/);
  expect(text).toMatch(/debian +60\.0 +40\.0 44\.0 90\.0 +44\.0 +4\.4/);
  expect(text).toMatch(/floor +17\.0 +10\.0 11\.0 16\.0 +11\.0 +1\.1/);
  expect(text).toContain('bulkhead : debian = 0.50, bulkhead : floor = 2.00');
});
