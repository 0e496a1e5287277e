import { expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

function split(maxBytes: number, ...chunks: string[]): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const splitter = new LineSplitter(maxBytes, (line, cut) => lines.push([line, cut]));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

it('puts lines together from pieces and leaves empty ones out', () => {
  expect(split(100, 'on', 'e\n\ntw', 'o\nthree')).toEqual([
    ['one', false],
    ['two', false],
    ['three', false],
  ]);
});

it('cuts a long line and finds the next one', () => {
  expect(split(4, 'abcdefgh', 'ijkl', '\nnext\n')).toEqual([
    ['abcd', true],
    ['next', false],
  ]);
});

it('keeps a line of exactly the greatest length whole', () => {
  expect(split(4, 'abcd\n')).toEqual([['abcd', false]]);
});

it('holds a character that two pieces share together', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter(100, (line) => lines.push(line));
  const bytes = Buffer.from('grün\n');
  for (const byte of bytes) splitter.push(Buffer.from([byte]));
  expect(lines).toEqual(['grün']);
});
