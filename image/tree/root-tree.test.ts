import { expect, it } from 'vitest';
import { refuseForbidden } from './fill.ts';
import { type Entry, RootTree } from './root-tree.ts';

function file(text: string, mode = 0o755): Entry {
  return {
    kind: 'file',
    source: Buffer.from(text),
    mode,
    origin: { kind: 'own', name: 'test', version: '1' },
  };
}

function treeOf(path: string, entry: Entry): RootTree {
  const tree = new RootTree();
  tree.add(path, entry);
  return tree;
}

it('two different things cannot have one path', () => {
  const tree = treeOf('/etc/hosts', file('a', 0o644));
  expect(() => tree.add('/etc/hosts', file('b', 0o644))).toThrow(
    expect.objectContaining({ code: 'path-conflict' }),
  );
});

it('entries come by path, whatever the order in which they were added', () => {
  const tree = treeOf('/b', file('b'));
  tree.add('/a', { kind: 'directory' });
  tree.add('/B', { kind: 'link', target: 'b' });
  expect(tree.entries().map(([path]) => path)).toEqual(['/B', '/a', '/b']);
});

it.each([
  ['a shell', '/usr/bin/sh', file('\x7fELF')],
  ['a link to one', '/usr/bin/bash', { kind: 'link', target: '/usr/bin/anything' }],
  ['a package manager', '/usr/bin/apt', file('\x7fELF')],
  ['another init', '/usr/lib/systemd/systemd', file('\x7fELF')],
  ['a script', '/usr/sbin/run-hooks', file('#!/bin/true\n')],
] as const)('%s is refused', (_what, path, entry) => {
  expect(() => refuseForbidden(treeOf(path, entry))).toThrow(
    expect.objectContaining({ code: 'forbidden-content' }),
  );
});

it('programs and data are not refused', () => {
  const tree = treeOf('/usr/bin/node', file('\x7fELF'));
  tree.add('/etc/note', file('#! not a program\n', 0o644));
  expect(() => refuseForbidden(tree)).not.toThrow();
});
