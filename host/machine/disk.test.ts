import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planDisk, prepareDisk } from './disk.ts';

const GIB = 2 ** 30;

describe('planDisk()', () => {
  it.each([
    [undefined, undefined, { size: 20 * GIB, change: 'made' }],
    [undefined, 5 * GIB, { size: 5 * GIB, change: 'made' }],
    [5 * GIB, undefined, { size: 5 * GIB, change: 'kept' }],
    [5 * GIB, 5 * GIB, { size: 5 * GIB, change: 'kept' }],
    [5 * GIB, 6 * GIB, { size: 6 * GIB, change: 'grown' }],
  ])('present %s, wanted %s', (present, wanted, plan) => {
    expect(planDisk(present, wanted)).toEqual(plan);
  });

  it('never shrinks, and refuses what is too small', () => {
    expect(() => planDisk(5 * GIB, 4 * GIB)).toThrow(/cannot shrink/);
    expect(() => planDisk(undefined, 1000)).toThrow(/too small/);
  });
});

describe('prepareDisk()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bh-disk-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a sparse file that only its owner reads, and grows it', async () => {
    const path = join(folder, 'data.img');
    expect(await prepareDisk(path, 2 * GIB)).toEqual({ size: 2 * GIB, change: 'made' });
    expect(statSync(path)).toMatchObject({ size: 2 * GIB, blocks: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await prepareDisk(path, 3 * GIB)).change).toBe('grown');
    expect(statSync(path).size).toBe(3 * GIB);
  });
});
