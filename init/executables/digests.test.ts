import { expect, test } from 'vitest';
import { spread } from './digests.ts';

test('spread() balances the work', () => {
  const jobs = [70, 40, 20, 10].map((size, descriptor) => ({ descriptor, size }));
  expect(spread(jobs, 2).map((list) => list.map((job) => job.size))).toEqual([[70], [40, 20, 10]]);
});

test('spread() makes no empty list', () => {
  expect(spread([{ descriptor: 3, size: 1 }], 2)).toHaveLength(1);
  expect(spread([], 2)).toEqual([]);
});
