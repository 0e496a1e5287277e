import { expect, test } from 'vitest';
import { renderLoad, resultOf } from './result.ts';

test('ratios are of throughputs, by medians: more than one means faster with the plugin', () => {
  const of = (...pairs: [number, number][]) => pairs.map(([seconds, processor]) => ({ seconds, processor }));
  const result = resultOf(100, {
    authorized: of([9, 5], [20, 4], [10, 4]),
    unauthorized: of([8, 6], [8, 1], [1, 5]),
  });
  expect(result.rate).toEqual({ authorized: 10, unauthorized: 12.5 });
  expect(result.ratio).toBeCloseTo(0.8);
  expect(result.processorRatio).toBeCloseTo(1.25);
  expect(renderLoad(result)).toBe(
    [
      'docker load of 100 MiB',
      'with the authorization plugin: 10.0 MiB/s (9.0, 20.0, 10.0 s; processors 5.0, 4.0, 4.0 s)',
      'without: 12.5 MiB/s (8.0, 8.0, 1.0 s; processors 6.0, 1.0, 5.0 s)',
      "ratio 0.80 (at least 0.90 is wanted), of the processors' time 1.25",
    ].join('\n'),
  );
});
