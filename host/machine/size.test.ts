import { expect, it } from 'vitest';
import { formatSize, parseSize } from './size.ts';

it.each([
  ['20G', 20 * 2 ** 30],
  ['2048', 2048 * 2 ** 20],
  ['1.5g', 1.5 * 2 ** 30],
  ['512MiB', 512 * 2 ** 20],
  ['1 TB', 2 ** 40],
])('parseSize(%j)', (text, bytes) => {
  expect(parseSize(text, 'M')).toBe(bytes);
});

it.each(['', 'G', '-1G', '1X', '1e3', '0x10'])('parseSize(%j) is refused', (text) => {
  expect(() => parseSize(text, 'M')).toThrow(/is no size/);
});

it.each([
  [20 * 2 ** 30, '20 GiB'],
  [1.5 * 2 ** 20, '1.5 MiB'],
  [100, '100 bytes'],
])('formatSize(%d)', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
