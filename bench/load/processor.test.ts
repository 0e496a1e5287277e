import { expect, test } from 'vitest';
import { processorSeconds } from './processor.ts';

test('fields 14 and 15 count, whatever the name of the process', () => {
  const fields = Array.from({ length: 50 }, (_, at) => String(at + 3)); // field 3 is '3', and so on
  expect(processorSeconds(`1 (a) R 9 (b) ${fields.join(' ')}\n`)).toBe(0.29);
  expect(processorSeconds('1 (qemu) S 1')).toBeNaN();
});
