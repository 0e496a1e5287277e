import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from './lock.ts';
import { identifyProcess } from './process.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('takeLock() lets one in', async () => {
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path)));
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('takeLock() succeeds again after release', async () => {
  await (await takeLock(path)).release();
  await (await takeLock(path)).release();
  expect(readdirSync(folder)).toEqual([]);
});

it('takeLock() takes over from a holder whose pid now belongs to another process', async () => {
  writeFileSync(path, JSON.stringify({ ...identifyProcess(process.pid), startTime: '1' }));
  await expect(takeLock(path)).resolves.toBeDefined();
});

it('takeLock() takes over a lock that cannot be read', async () => {
  writeFileSync(path, '{"pid"');
  await expect(takeLock(path)).resolves.toBeDefined();
});
