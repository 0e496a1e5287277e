import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { StateStore } from './store.ts';

let folder: string;
let store: StateStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-state-'));
  store = new StateStore(folder);
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

test('what was written is read, the last one counts, and nothing else is left', () => {
  expect(store.read('settings.json')).toBeUndefined();
  store.write('settings.json', 'one');
  store.write('settings.json', 'two');
  expect(store.read('settings.json')?.toString()).toBe('two');
  expect(readdirSync(folder)).toEqual(['settings.json']);
});

test.each([
  ['a link', (path: string) => symlinkSync('/etc/passwd', path), 'is a link'],
  ['a folder', (path: string) => mkdirSync(path), 'is no plain file'],
  ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'is no plain file'],
  [
    'a huge file',
    (path: string) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    },
    'has 1099511627776 bytes',
  ],
])('%s in its place is refused', (_, plant, words) => {
  plant(join(folder, 'settings.json'));
  expect(() => store.read('settings.json')).toThrow(words);
});

test('what was planted where a file is about to be made is not written through', () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, join(folder, 'settings.json.new'));
  symlinkSync(victim, join(folder, 'settings.json'));
  store.write('settings.json', 'ours');
  expect(store.read('settings.json')?.toString()).toBe('ours');
  rmSync(join(folder, 'settings.json'));
  expect(execFileSync('cat', [victim]).toString()).toBe('untouched');
});
