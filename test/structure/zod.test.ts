import { expect, test } from 'vitest';
import { importsOf, isScript, projectFiles, read } from './sources.ts';

const scripts = projectFiles().filter(isScript);

test('zod comes in through policy/zod.ts alone, which says which of its APIs', () => {
  const importers = scripts.filter((path) => importsOf(path, read(path)).some((to) => /^zod(\/|$)/.test(to)));
  expect(importers).toEqual(['policy/zod.ts']);
});

// esbuild keeps all of zod, its words in fifty languages among them, where `z` is imported by name: 6 MiB of a process.
test('it is imported as a namespace, so that bundles have only what they use of it', () => {
  const users = scripts.filter((path) => importsOf(path, read(path)).includes('policy/zod.ts'));
  expect(users.length).toBeGreaterThan(30);
  const whole = users.filter((path) => /import (?!(type )?\* as z from)[^;]*\/zod\.ts';/.test(read(path)));
  expect(whole).toEqual([]);
});
