import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layerOf, mayImport } from './layers.ts';
import { importsOf, isScript, project, projectFiles, read } from './sources.ts';

const self = 'test/structure/imports.test.ts'; // its samples look like imports
const edges = projectFiles()
  .filter((path) => isScript(path) && path !== self)
  .flatMap((from) => importsOf(from, read(from)).map((to) => ({ from, to })));
const internal = edges.filter(({ to }) => layerOf(to) !== undefined);

describe('importsOf()', () => {
  test.each([
    { text: "import { a } from './b.ts';", found: ['init/b.ts'] },
    { text: "import './b.ts';", found: ['init/b.ts'] },
    {
      text: "import * as z from 'zod';\nimport type { T } from '../policy/t.ts';",
      found: ['zod', 'policy/t.ts'],
    },
    { text: "import {\n  a,\n  type B,\n} from './c/d.ts';", found: ['init/c/d.ts'] },
    { text: "export * from './b.ts';\nexport const x = 'not ./this.ts';", found: ['init/b.ts'] },
    { text: "const m = await import('./b.ts');", found: ['init/b.ts'] },
    { text: "import a, { b as c } from './b.ts'", found: ['init/b.ts'] },
  ])('finds $found', ({ text, found }) => {
    expect(importsOf('init/a.ts', text)).toEqual(found);
  });
});

test.each([
  { from: 'policy/a.ts', to: 'services/b.ts', may: false },
  { from: 'services/supervisor/a.ts', to: 'init/kernel/kernel.ts', may: true },
  { from: 'services/supervisor/a.ts', to: 'init/vm.ts', may: false },
  { from: 'init/kernel/a.ts', to: 'init/vm.ts', may: false },
  { from: 'host/a.ts', to: 'services/channel/protocol/methods.ts', may: true },
  { from: 'host/a.ts', to: 'services/dockerd/configuration.ts', may: false },
  { from: 'image/a.ts', to: 'init/main.ts', may: false },
  { from: 'init/main.ts', to: 'test/harness/vm.ts', may: false },
])('mayImport() of $from and $to is $may', ({ from, to, may }) => {
  expect(mayImport(from, to)).toBe(may);
});

test('the scan finds the imports of the whole project', () => {
  expect(internal.length).toBeGreaterThan(300);
});

test('imports go one way', () => {
  expect(internal.filter(({ from, to }) => !mayImport(from, to))).toEqual([]);
});

test('imports of our own files name files that exist, with their ending', () => {
  expect(internal.filter(({ to }) => !existsSync(join(project, to)))).toEqual([]);
});

test('no import leaves the project', () => {
  expect(edges.filter(({ to }) => to.startsWith('..') || to.startsWith('/'))).toEqual([]);
});

test('only init/kernel/ declares foreign functions', () => {
  const users = edges.filter(({ to }) => to === ['node', 'ffi'].join(':')).map(({ from }) => from);
  expect(users.length).toBeGreaterThan(0);
  expect(users.filter((from) => !from.startsWith('init/kernel/'))).toEqual([]);
});
