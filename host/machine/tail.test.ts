import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastLines, printable } from './tail.ts';

it('lastLines() gives the end of a file, without what would steer a terminal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bh-tail-'));
  const path = join(folder, 'console.log');
  writeFileSync(path, 'one\r\n\u001b[31mtwo\u001b[0m\r\n\r\nthree\u0007\n');
  expect(await lastLines(path, 2)).toEqual(['two', 'three']);
  expect(await lastLines(join(folder, 'none'), 2)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it('printable() removes operating system commands and single control characters', () => {
  expect(printable('a\u001b]0;title\u0007b\u009b2Jc\td')).toBe('abc\td');
});
