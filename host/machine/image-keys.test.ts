import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyName, parsePublicKey, publicKeyLine } from '../../policy/minisign/public-key.ts';
import { generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { explainKeyStep, type ImageKeys, imageKeys, judgeImageKey } from './image-keys.ts';

const key = (name: string): string =>
  publicKeyLine(publicKeyOf(generateKey(createHash('sha512').update(name).digest().subarray(0, 40))));
const [a, b, c] = ['a', 'b', 'c'].map(key) as [string, string, string];
const image = (by: string, nextKey?: string, signing: 'development' | 'release' = 'release') => ({
  key: by,
  manifest: { signing, nextKey },
});
const release = (known: string, next?: string): ImageKeys => ({
  key: known,
  signing: 'release',
  ...(next && { next }),
});
const development: ImageKeys = { key: a, signing: 'development' };

describe('judgeImageKey()', () => {
  it.each([
    ['the first', undefined, image(a), 'first', release(a)],
    ['the first, which announces', undefined, image(a, b), 'first', release(a, b)],
    ['the same', release(a), image(a), 'same', release(a)],
    ['one that announces', release(a), image(a, b), 'same', release(a, b)],
    ['an announcement stays through one without', release(a, b), image(a), 'same', release(a, b)],
    ['the present key may announce another', release(a, b), image(a, c), 'same', release(a, c)],
    ['the announced one, and the old key is forgotten', release(a, b), image(b), 'announced', release(b)],
    ['the announced one announces in turn', release(a, b), image(b, c), 'announced', release(b, c)],
    [
      'another development key',
      development,
      image(b, undefined, 'development'),
      'after-development',
      { key: b, signing: 'development' },
    ],
    ['a release after development', development, image(b), 'after-development', release(b)],
  ] as const)('takes %s', (_, known, signed, step, keys) => {
    expect(judgeImageKey(known, signed, 'FILE')).toEqual({ step, keys });
    expect(imageKeys.parse(keys)).toEqual(keys);
  });

  it.each([
    ['a key that nobody announced', release(a), image(b), 'has announced another key'],
    ['a key that announces itself', release(a), image(b, b), 'has announced another key'],
    ['another than the announced one', release(a, b), image(c), `as announced, with ${nameOf(b)}`],
    ['the old key after the new one has come', release(b), image(a), 'has announced another key'],
    ['the old key announcing the new one again', release(b), image(a, b), 'has announced another key'],
    ['a development key after a release', release(a), image(b, undefined, 'development'), 'announced'],
    ['another point with the same id', release(a), image(withIdOf(a, b)), 'has announced another key'],
  ] as const)('refuses %s', (_, known, signed, words) => {
    expect(() => judgeImageKey(known, signed, '/kept/image-keys.json')).toThrow(
      expect.objectContaining({
        code: 'image-untrusted',
        message: expect.stringMatching(
          new RegExp(
            `signed with key ${nameOf(signed.key)}; this VM takes images signed with ${nameOf(known.key)}, .*${words}`,
          ),
        ),
        hint: expect.stringContaining('remove /kept/image-keys.json'),
      }),
    );
  });

  it('leads from key to key, each step announced by the one before, and never back', () => {
    let known: ImageKeys | undefined;
    for (const signed of [image(a, b), image(b), image(b, c), image(c)])
      known = judgeImageKey(known, signed, 'FILE').keys;
    expect(known).toEqual(release(c));
    for (const old of [a, b]) expect(() => judgeImageKey(known, image(old), 'FILE')).toThrow('signed with');
  });
});

describe('explainKeyStep()', () => {
  it.each([
    ['first', release(a), /no image has run in vm yet/],
    ['same', release(a, b), new RegExp(`is the key that vm takes. The next key will be ${nameOf(b)}`)],
    ['announced', release(b), new RegExp(`^${nameOf(b)} was announced`)],
    ['after-development', release(b), /takes any/],
  ] as const)('%s', (step, keys, words) => {
    expect(explainKeyStep(step, 'vm', keys)).toMatch(words);
  });
});

function nameOf(line: string): string {
  return keyName(parsePublicKey(line));
}

function withIdOf(idOf: string, pointOf: string): string {
  return publicKeyLine({ id: parsePublicKey(idOf).id, point: parsePublicKey(pointOf).point });
}
