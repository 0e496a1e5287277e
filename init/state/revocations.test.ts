import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MOST_REVOKED } from '../../services/channel/protocol/methods.ts';
import { Revocations } from './revocations.ts';
import { StateStore } from './store.ts';

const print = (number: number) => number.toString(16).padStart(64, '0');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bhr-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const opened = () => {
  const revocations = new Revocations(new StateStore(folder));
  revocations.load();
  return revocations;
};

test('what is revoked stays so in the next boot', () => {
  const first = opened();
  expect(first.list).toEqual([]);
  expect(first.add([print(2), print(1)])).toBe(true);
  expect(first.add([print(2)])).toBe(true);
  expect(opened().list).toEqual([print(1), print(2)]);
});

test('there is room for many, and no more: nothing is forgotten for it', () => {
  const full = opened();
  expect(full.add(Array.from({ length: MOST_REVOKED }, (_, index) => print(index)))).toBe(true);
  expect(full.add([print(MOST_REVOKED)])).toBe(false);
  expect(opened().list).toHaveLength(MOST_REVOKED);
});

test.each(['', '{}', '[]', '{"format":1,"fingerprints":["x"]}', '{"format":2,"fingerprints":[]}'])(
  'a list that cannot be read is not taken for an empty one: %j',
  (text) => {
    writeFileSync(join(folder, 'revoked.json'), text);
    expect(opened).toThrow('the list of revoked certificates cannot be read');
  },
);
