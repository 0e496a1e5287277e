import { describe, expect, it } from 'vitest';
import { hasGoodSignature, parseRelease } from './release.ts';

const hash = 'a'.repeat(64);
const text = `Codename: trixie-security
Valid-Until: Sat, 28 Nov 2026 00:53:03 UTC
MD5Sum:
 3e498904a30e240573dac8ddac594e6f 1961125 main/binary-amd64/Packages.xz
SHA256:
 ${hash}  1234 main/binary-amd64/Packages.xz
`;

describe('parseRelease()', () => {
  it('lists files by their SHA-256', () => {
    const release = parseRelease(text, 'trixie-security', new Date('2026-11-24'));
    expect([...release.files]).toEqual([['main/binary-amd64/Packages.xz', { sha256: hash, size: 1234 }]]);
  });

  it('refuses an expired release', () => {
    const run = (): unknown => parseRelease(text, 'trixie-security', new Date('2026-11-28T00:53:04Z'));
    expect(run).toThrow(expect.objectContaining({ code: 'release-expired' }));
  });

  it('refuses a Valid-Until that is no date', () => {
    const run = (): unknown => parseRelease(text.replace(/Sat.*/, 'soon'), 'trixie-security', new Date());
    expect(run).toThrow(expect.objectContaining({ code: 'release-expired' }));
  });

  it('refuses the release of another suite', () => {
    const run = (): unknown => parseRelease(text, 'trixie', new Date('2026-11-24'));
    expect(run).toThrow(expect.objectContaining({ code: 'release-malformed' }));
  });
});

describe('hasGoodSignature()', () => {
  const good = '[GNUPG:] GOODSIG 6ED0E7B82643E131 Debian\n[GNUPG:] VALIDSIG 4CB50190';
  it.each([
    ['one good signature', good, true],
    [
      'a good one and one by a key that is not there',
      `${good}\n[GNUPG:] ERRSIG 78D\n[GNUPG:] NO_PUBKEY 78D`,
      true,
    ],
    ['a good one and a bad one', `${good}\n[GNUPG:] BADSIG 78D Debian`, false],
    ['only unknown keys', '[GNUPG:] ERRSIG 78D\n[GNUPG:] NO_PUBKEY 78D', false],
    ['only a key that has expired', '[GNUPG:] EXPKEYSIG 78D Debian\n[GNUPG:] VALIDSIG 78D', false],
    ['nothing', '', false],
  ])('%s', (_what, status, expected) => {
    expect(hasGoodSignature(status)).toBe(expected);
  });
});
