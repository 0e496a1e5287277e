import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { service } from '../../services/supervisor/testing.ts';
import { checkServices } from './check.ts';
import { definitions } from './definitions.ts';

const all = new Set(definitions.map(({ executable }) => executable));

it('finds nothing wrong with the services of a boot', () => {
  const { order, problems } = checkServices(definitions, all);
  expect(problems).toEqual([]);
  expect(order.indexOf('containerd')).toBeLessThan(order.indexOf('dockerd'));
});

it('knows every service that a boot starts', () => {
  const folder = resolve(import.meta.dirname, '..');
  const files = ['phases', 'network'].flatMap((below) =>
    readdirSync(resolve(folder, below)).map((file) => resolve(folder, below, file)),
  );
  const started = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/\b([a-z]+)Definition\b/g),
  ]);
  const names = new Set(started.map(([, name]) => name));
  expect([...names].sort()).toEqual(definitions.map(({ name }) => name).sort());
});

it.each([
  ['not-in-image', [service('a')], 'a: /usr/bin/a is not in the image'],
  ['cycle', [service('a', { requires: ['b'] }), service('b', { after: ['a'] })], 'a → b → a'],
  ['user', [service('a', { uid: 990 }), service('b', { uid: 990 })], 'b: runs as user 990, as a does'],
  ['unknown', [service('a', { requires: ['z'] })], 'a names z'],
  ['duplicate', [service('a'), service('a')], 'a is defined twice'],
  ['number', [service('a', { oomScoreAdj: 5000 })], 'oomScoreAdj'],
] as const)('%s', (code, wrong, words) => {
  const executables = code === 'not-in-image' ? new Set<string>() : undefined;
  const { problems } = checkServices(wrong, executables);
  expect(problems).toContainEqual(expect.objectContaining({ code, message: expect.stringContaining(words) }));
});
