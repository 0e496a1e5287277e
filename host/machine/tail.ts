import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { hasSystemCode } from '../errors.ts';

const TAIL_BYTES = 64 * 1024;

/**
 * The last `count` lines of a text file, oldest first, without escape sequences: what a guest writes must not
 * move the user's cursor. A file that is not there has none.
 */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const text = await readTail(path);
  const lines = text
    .split(/\r*\n/)
    .map(printable)
    .filter((line) => line.trim() !== '');
  return lines.slice(-count);
}

/** Without escape sequences and control characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

async function readTail(path: string): Promise<string> {
  const file = await open(path).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
