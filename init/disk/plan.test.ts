import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planDisk } from './plan.ts';
import { readDiskContent } from './superblock.ts';

const MIB = 1024 * 1024;
const LABEL = 'bulkhead-data';

function realFileSystem(label: string, mebibytes: number, extra: string[] = []): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'disk');
  writeFileSync(path, '');
  truncateSync(path, mebibytes * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', label, ...extra, path], {
    env: { PATH: '/usr/sbin:/sbin:/usr/bin' },
  });
  return readFileSync(path).subarray(0, MIB);
}

test('readDiskContent() reads what mke2fs wrote', () => {
  expect(readDiskContent(realFileSystem('bulkhead-data', 64))).toEqual({
    kind: 'ext4',
    label: 'bulkhead-data',
    size: 64 * MIB,
    clean: true,
  });
  expect(readDiskContent(realFileSystem('x', 32, ['-O', '^64bit']))).toMatchObject({
    label: 'x',
    size: 32 * MIB,
  });
});

test('a blank disk is formatted', () => {
  expect(planDisk(readDiskContent(Buffer.alloc(MIB)), 20 * MIB, LABEL)).toEqual({ action: 'format' });
});

test('a disk with anything else on it is refused, not formatted', () => {
  const foreign = Buffer.alloc(MIB);
  foreign.write('somebody’s database', 5000);
  expect(planDisk(readDiskContent(foreign), MIB, LABEL)).toMatchObject({ action: 'refuse' });
  expect(planDisk(readDiskContent(realFileSystem('home', 64)), 64 * MIB, LABEL)).toMatchObject({
    action: 'refuse',
    reason: 'its label is "home", not "bulkhead-data"',
  });
  expect(planDisk(readDiskContent(Buffer.from('short')), 5, LABEL)).toMatchObject({ action: 'refuse' });
});

const ours = { kind: 'ext4', label: 'bulkhead-data', size: 1024 * MIB, clean: true } as const;

test('a disk of the same size is checked, a larger one grown, a smaller one refused', () => {
  expect(planDisk(ours, 1024 * MIB, LABEL)).toEqual({ action: 'check', thorough: false, grow: false });
  expect(planDisk(ours, 2048 * MIB, LABEL)).toEqual({ action: 'check', thorough: true, grow: true });
  expect(planDisk(ours, 512 * MIB, LABEL)).toMatchObject({ action: 'refuse' });
});
