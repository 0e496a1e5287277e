import { expect, test } from 'vitest';
import { inheritedFrom, inheritedVariables } from './inherited.ts';

test.each([
  [[], 0, []],
  [['a'], 0, [{ name: 'a', descriptor: 3 }]],
  [
    ['a', 'b'],
    2,
    [
      { name: 'a', descriptor: 5 },
      { name: 'b', descriptor: 6 },
    ],
  ],
])('a service finds what it was given: %j after %i others', (names, before, found) => {
  expect(inheritedFrom(inheritedVariables(names, before))).toEqual(found);
});
