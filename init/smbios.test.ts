import { expect, test } from 'vitest';
import { oemStrings } from './smbios.ts';

/** One structure: header, fields, strings, and the zero that ends it (DMTF DSP0134, 6.1). */
function structure(type: number, fields: number[], strings: string[]): Buffer {
  const text = strings.map((each) => `${each}\0`).join('');
  return Buffer.concat([
    Buffer.from([type, 4 + fields.length, 0, 0, ...fields]),
    Buffer.from(strings.length === 0 ? '\0\0' : `${text}\0`, 'latin1'),
  ]);
}
const end = structure(127, [], []);

test('oemStrings() gives the strings of type 11, of all such structures', () => {
  const table = [structure(1, [1, 2], ['QEMU', 'bulkhead.no=1']), structure(32, [0], [])];
  const own = [structure(11, [2], ['bulkhead.net=dhcp', 'other']), structure(11, [1], ['third'])];
  expect(oemStrings(Buffer.concat([...table, ...own, end]))).toEqual([
    ...['bulkhead.net=dhcp', 'other', 'third'],
  ]);
});

test('oemStrings() ends where the table ends, however it is cut', () => {
  const table = Buffer.concat([structure(11, [1], ['bulkhead.net=dhcp']), end]);
  for (let length = 0; length < table.length; length++) {
    expect(() => oemStrings(table.subarray(0, length))).not.toThrow();
  }
  expect(oemStrings(Buffer.concat([end, table]))).toEqual([]);
  expect(oemStrings(Buffer.from([11, 0, 0, 0]))).toEqual([]);
});
