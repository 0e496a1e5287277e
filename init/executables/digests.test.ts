import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Digests, spread } from './digests.ts';

test('spread() balances the work', () => {
  const jobs = [70, 40, 20, 10].map((size, descriptor) => ({ descriptor, size }));
  expect(spread(jobs, 2).map((list) => list.map((job) => job.size))).toEqual([[70], [40, 20, 10]]);
});

test('spread() makes no empty list', () => {
  expect(spread([{ descriptor: 3, size: 1 }], 2)).toHaveLength(1);
  expect(spread([], 2)).toEqual([]);
});

test('Digests reads each small file once, whoever asks, and says what is in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bh-digests-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const jobs = ['', 'one', 'x'.repeat(100_000)].map((text, number) => {
    writeFileSync(join(folder, String(number)), text);
    return { descriptor: openSync(join(folder, String(number)), 'r'), size: text.length, text };
  });
  onTestFinished(() => {
    for (const { descriptor } of jobs) closeSync(descriptor);
  });
  const digests = new Digests('/no/such/worker');
  const [all, some] = await Promise.all([digests.of(jobs, 2), digests.of(jobs.slice(1, 2), 1)]);
  expect(all).toEqual(
    jobs.map(({ descriptor, text, size }) => ({
      ...{ descriptor, size },
      blake2b512: createHash('blake2b512').update(text).digest('hex'),
    })),
  );
  expect(some[0]).toBe(all[1]);
});

test('Digests tells whoever asks of a file that cannot be read, and goes on with the next one', async () => {
  const digests = new Digests('/no/such/worker');
  const folder = openSync(tmpdir(), 'r');
  const good = openSync(import.meta.filename, 'r');
  onTestFinished(() => {
    for (const each of [folder, good]) closeSync(each);
  });
  await expect(digests.of([{ descriptor: folder, size: 1 }], 1)).rejects.toThrow('EISDIR');
  await expect(digests.of([{ descriptor: good, size: 9 }], 1)).resolves.toHaveLength(1);
});
