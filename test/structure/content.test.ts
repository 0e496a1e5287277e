import { expect, test } from 'vitest';
import { isScript, projectFiles, read } from './sources.ts';

const files = projectFiles().filter((path) => path !== 'package-lock.json');

/** Lines that match, as `path:line`. */
function places(pattern: RegExp, paths: readonly string[] = files): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

// Put together here, so that this file does not name what it looks for.
const hosts = ['deb', 'ftp', 'security', 'snapshot', 'httpredir', 'cdn-fastly'].map(
  (name) => `${name}\\.debian\\.org`,
);
const registries = [
  ...hosts,
  ['registry', 'npmjs', 'org'].join('\\.'),
  ['registry-1', 'docker', 'io'].join('\\.'),
];

test('no file names a mirror or a registry: both are taken from the machine', () => {
  expect(places(new RegExp(registries.join('|')))).toEqual([]);
});

test('package-lock.json names no registry, so that npm asks the one it is set up with', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
  const resolved = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
  expect(resolved.map(([path]) => path)).toEqual([]);
});

test('nothing outside the tests looks into a folder beside the project', () => {
  const outside = new RegExp(`(?:\\.\\./|/work/)${'shared'}\\b`);
  expect(
    places(
      outside,
      files.filter((path) => !path.startsWith('test/')),
    ),
  ).toEqual([]);
});

test('no source is left unfinished', () => {
  const marks = new RegExp(
    ['TO', 'FIX', 'XX'].map((start, index) => `\\b${start}${['DO', 'ME', 'X'][index]}\\b`).join('|'),
  );
  expect(
    places(
      marks,
      files.filter((path) => isScript(path) || path.endsWith('.c')),
    ),
  ).toEqual([]);
});
