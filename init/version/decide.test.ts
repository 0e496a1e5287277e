import { expect, test } from 'vitest';
import { decideVersion, parseVersionRecord, type VersionRecord } from './decide.ts';

const record = (highest: string, minimum: string): VersionRecord => ({ format: 1, highest, minimum });

test.each([
  ['the first image', undefined, '0.1.0', '0.1.0', record('0.1.0', '0.1.0')],
  ['the same again', record('1.2.3', '1.0.0'), '1.2.3', '1.0.0', record('1.2.3', '1.0.0')],
  ['a newer one', record('1.9.0', '1.0.0'), '1.10.0', '1.2.0', record('1.10.0', '1.2.0')],
  ['one back, above the minimum', record('1.10.0', '1.2.0'), '1.9.0', '1.0.0', record('1.10.0', '1.2.0')],
  ['the minimum itself', record('2.0.0', '1.2.0'), '1.2.0', '1.0.0', record('2.0.0', '1.2.0')],
])('may run: %s', (_, before, version, minimum, after) => {
  expect(decideVersion(before, { version, minimum })).toEqual(after);
});

test.each([
  ['0.9.9', record('2.0.0', '1.0.0')],
  ['1.9.0', record('2.0.0', '1.10.0')],
])('may not run any more: %s', (version, before) => {
  expect(() => decideVersion(before, { version, minimum: '0.0.1' })).toThrow(
    expect.objectContaining({ code: 'older-image', message: expect.stringContaining(before.minimum) }),
  );
});

test.each([
  '{}',
  'null',
  '{"format":1,"highest":"1","minimum":"0.0.0"}',
  '{"format":1,"highest":"1.0.0","minimum":"0.0.0-x"}',
])('a record that was tampered with holds the boot: %s', (text) => {
  expect(() => parseVersionRecord(Buffer.from(text))).toThrow('cannot be read');
});
