import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { refusalCodes } from '../../policy/settings/acceptance.ts';
import { createProgram } from './program.ts';

const guide = readFileSync(resolve(import.meta.dirname, '../../docs/admin-guide.md'), 'utf8');
const program = createProgram({ exitCode: 0, signal: new AbortController().signal });

const named = (command: Command, name: string): Command | undefined =>
  command.commands.find((each) => each.name() === name);

test('each command that docs/admin-guide.md names is there, with the options that it names', () => {
  const uses = [...guide.matchAll(/\bbulkhead ((?:policy )?[a-z]+)\b([^`\n#]*)/g)];
  expect(uses.length).toBeGreaterThan(10);
  const wrong = uses.filter(([, words = '', rest = '']) => {
    const command = words
      .split(' ')
      .reduce<Command | undefined>((at, word) => at && named(at, word), program);
    const options = rest.match(/--[a-z-]+/g) ?? [];
    return (
      command === undefined || options.some((option) => !command.options.some(({ long }) => long === option))
    );
  });
  expect(wrong.map(([use]) => use)).toEqual([]);
});

test('docs/admin-guide.md says of each refusal what it means', () => {
  const rows = guide.split('\n').filter((line) => line.startsWith('| `'));
  expect(refusalCodes.filter((code) => !rows.some((row) => row.includes(`\`${code}\``)))).toEqual([]);
});
