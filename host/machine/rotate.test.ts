import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { logOfBoot, rotateLog } from './rotate.ts';

it('rotateLog() keeps the last three boots, and logOfBoot() finds them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bh-rotate-'));
  const path = join(folder, 'events.log');
  for (const boot of ['a', 'b', 'c', 'd', 'e']) {
    await rotateLog(path);
    writeFileSync(path, boot);
  }
  expect([0, -1, -2, -3].map((boot) => readFileSync(logOfBoot(path, boot), 'utf8'))).toEqual([
    'e',
    'd',
    'c',
    'b',
  ]);
  expect(readdirSync(folder)).toHaveLength(4);
  rmSync(folder, { recursive: true });
});
