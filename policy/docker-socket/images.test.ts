import { describe, expect, test } from 'vitest';
import { canonicalName, type ImageFacts, isDerived, isImage, parseImagePattern } from './images.ts';

const hex = (digit: string) => digit.repeat(64);
const pulled: ImageFacts = {
  id: `sha256:${hex('a')}`,
  tags: ['docker:cli', 'docker:27'],
  digests: [`docker@sha256:${hex('d')}`],
  layers: ['sha256:1', 'sha256:2'],
};
/** `docker tag evil docker:cli` */
const retagged: ImageFacts = {
  id: `sha256:${hex('e')}`,
  tags: ['docker:cli'],
  digests: [`example.org/evil@sha256:${hex('b')}`],
  layers: ['sha256:9'],
};
const built: ImageFacts = {
  ...pulled,
  id: `sha256:${hex('f')}`,
  digests: [],
  layers: ['sha256:1', 'sha256:2', 'sha256:3'],
};

const allows = (pattern: string, image: ImageFacts): boolean | undefined => {
  const parsed = parseImagePattern(pattern);
  return parsed && isImage(parsed, image);
};

describe('an image is what a pattern means', () => {
  test.each<[string, ImageFacts, boolean]>([
    ['*', retagged, true],
    ['docker:cli', pulled, true],
    ['docker.io/library/docker:cli', pulled, true],
    ['docker.io/docker:cli', pulled, true],
    ['index.docker.io/library/docker:27', pulled, true],
    ['docker', pulled, false], // :latest
    ['docker:*', pulled, true],
    ['docker:dind', pulled, false],
    ['docker:cli', retagged, false],
    ['docker:*', retagged, false],
    ['docker:cli', built, false],
    ['example.org/docker:cli', pulled, false],
    ['example.org/evil:*', retagged, true],
    [`docker@sha256:${hex('d')}`, pulled, true],
    [`docker:cli@sha256:${hex('d')}`, pulled, true],
    [`docker@sha256:${hex('b')}`, pulled, false],
    [`docker@sha256:${hex('b')}`, retagged, false],
    [`sha256:${hex('a')}`, pulled, true],
    [hex('a'), pulled, true],
    [`sha256:${hex('a')}`, built, false],
  ])('%s %o', (pattern, image, wanted) => expect(allows(pattern, image)).toBe(wanted));
});

test.each([
  '',
  ' ',
  'Docker',
  'a b',
  'docker@sha256:xyz',
  'docker:a b',
  '**',
  'docker*',
  '/x',
  'x/',
  'sha256:12',
])('this is no pattern, or a name only: %j', (text) => {
  const parsed = parseImagePattern(text);
  expect(parsed === undefined || (parsed.kind === 'name' && text === 'sha256:12')).toBe(true);
});

test('derived: the layers begin with those of the base', () => {
  expect(isDerived(built, pulled)).toBe(true);
  expect(isDerived(pulled, built)).toBe(false);
  expect(isDerived(retagged, pulled)).toBe(false);
  expect(isDerived(built, { ...pulled, layers: [] })).toBe(false); // else everything would be
  expect(isDerived({ ...built, layers: ['sha256:2', 'sha256:1', 'sha256:2'] }, pulled)).toBe(false);
});

test.each([
  ['docker', 'docker.io/library/docker'],
  ['testcontainers/ryuk', 'docker.io/testcontainers/ryuk'],
  ['localhost/x', 'localhost/x'],
  ['localhost:5000/x', 'localhost:5000/x'],
  ['docker.io/x', 'docker.io/library/x'],
])('%s is %s', (name, whole) => expect(canonicalName(name)).toBe(whole));
