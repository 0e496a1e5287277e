import { expect, test } from 'vitest';
import { isScript, projectFiles, read } from './sources.ts';

const LONG = 200;
const TOO_LONG = 400;

const lengths = projectFiles()
  .filter((path) => isScript(path) || /\.[ch]$/.test(path))
  .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
  .sort((a, b) => b.lines - a.lines);

test(`no source has more than ${TOO_LONG} lines`, () => {
  const long = lengths.filter(({ lines }) => lines > LONG);
  if (long.length > 0)
    console.warn(`over ${LONG} lines: ${long.map(({ path, lines }) => `${path} ${lines}`).join(', ')}`);
  expect(long.filter(({ lines }) => lines > TOO_LONG)).toEqual([]);
});
