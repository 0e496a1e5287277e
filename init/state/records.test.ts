import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EventPort } from '../events.ts';
import { Journal } from '../journal.ts';
import { Records } from './records.ts';
import { StateStore } from './store.ts';

const failure = { code: 'no-network', message: 'no card', hint: 'give it one' };
const now = new Date('2026-11-24T00:00:00Z');

function disk() {
  const folder = mkdtempSync(join(tmpdir(), 'bh-records-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function boot(folder: string, bootId: string) {
  const log = new Journal(() => 1, new EventPort());
  return { log, records: new Records(new StateStore(folder), log, bootId, folder) };
}

test('a failure from before the disk is there, too, is told by the next boots, and so is the log', () => {
  const folder = disk();
  const first = boot(folder, 'a');
  first.log.write('debug', 'init', 'before the disk');
  first.records.fail(failure);
  first.records.open(now);
  first.log.write('debug', 'init', 'after it');
  first.records.close('poweroff');

  const second = boot(folder, 'b');
  expect(second.records.open(now)).toBe('the last boot: no card');
  expect(second.records.lastFailure).toEqual({
    ...{ bootId: 'a', version: 'test', began: now.toISOString(), bootsAgo: 1, failure },
  });
  expect(second.records.readLast(10).map(({ message }) => message)).toEqual(['before the disk', 'after it']);
  second.records.close('reboot');

  const third = boot(folder, 'c');
  expect(third.records.open(now)).toBe('the last boot ended well');
  expect(third.records.lastFailure).toMatchObject({ bootsAgo: 2, failure });
  // and then the power is cut
  expect(boot(folder, 'd').records.open(now)).toContain('without a shutdown');
});

test('a new disk knows nothing; one with rubbish neither', () => {
  const folder = disk();
  expect(boot(folder, 'a').records.open(now)).toBe('no boot before this one is known');
  writeFileSync(join(folder, 'boot.json'), '{');
  const { records } = boot(folder, 'b');
  expect(records.open(now)).toBe('no boot before this one is known');
  expect(records.lastFailure).toBeUndefined();
});
