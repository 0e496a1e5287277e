import { expect, test } from 'vitest';
import { median } from './statistics.ts';

test.each([
  { values: [3], middle: 3 },
  { values: [30, 2, 10], middle: 10 },
  { values: [4, 1, 3, 2], middle: 2.5 },
])('median() of $values is $middle', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

test('median() of nothing is no number', () => {
  expect(median([])).toBeNaN();
});
