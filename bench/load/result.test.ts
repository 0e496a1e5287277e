import { expect, test } from 'vitest';
import { renderLoad, resultOf } from './result.ts';

test('the ratio is of throughputs, by medians: more than one means faster with the plugin', () => {
  const result = resultOf(100, { authorized: [9, 20, 10], unauthorized: [8, 8, 1] });
  expect(result.rate).toEqual({ authorized: 10, unauthorized: 12.5 });
  expect(result.ratio).toBeCloseTo(0.8);
  expect(renderLoad(result)).toBe(
    [
      'docker load of 100 MiB',
      'with the authorization plugin: 10.0 MiB/s (9.0, 20.0, 10.0 s)',
      'without: 12.5 MiB/s (8.0, 8.0, 1.0 s)',
      'ratio 0.80 (at least 0.90 is wanted)',
    ].join('\n'),
  );
});
