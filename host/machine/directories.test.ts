import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectories } from './directories.ts';
import { isolatedEnvironment, machinePaths } from './paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makeDirectories() makes folders that only the user opens, also of those that were open', async () => {
  const paths = machinePaths('x', isolatedEnvironment(folder));
  mkdirSync(paths.state, { recursive: true });
  chmodSync(paths.state, 0o777);
  await makeDirectories(paths);
  for (const path of [paths.data, paths.state, paths.runtime])
    expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('makeDirectories() refuses a link that stands where its folder should', async () => {
  const paths = machinePaths('x', isolatedEnvironment(folder));
  mkdirSync(dirname(dirname(paths.runtime)), { recursive: true });
  symlinkSync(folder, dirname(paths.runtime));
  await expect(makeDirectories(paths)).rejects.toMatchObject({ code: 'directory-unsafe' });
});
