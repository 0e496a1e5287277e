import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MinisignError } from './error.ts';
import { parsePublicKey } from './public-key.ts';
import { DATA, vectors } from './vectors.ts';
import { verifyMinisign } from './verify.ts';

it.each(vectors)('$name: $refused', ({ publicKey, signature, refused }) => {
  let code: string | undefined;
  try {
    verifyMinisign(DATA, signature, parsePublicKey(publicKey));
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    code = error.code;
  }
  expect(code).toBe(refused);
});

it('each differs from all others', () => {
  const texts = vectors.map(({ publicKey, signature }) => publicKey + signature);
  expect(new Set(texts).size).toBe(texts.length);
});

const installed = spawnSync('minisign', ['-v']).error === undefined;

it.skipIf(!installed)("Debian's minisign accepts nothing that we refuse, but for what the table says", () => {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    const at = (name: string) => join(folder, name);
    writeFileSync(at('data'), DATA);
    const others = vectors.flatMap(({ name, publicKey, signature, refused, stockAccepts }) => {
      writeFileSync(at('pub'), publicKey);
      writeFileSync(at('sig'), signature);
      const { status } = spawnSync('minisign', ['-V', '-p', at('pub'), '-x', at('sig'), '-m', at('data')]);
      const expected = refused === undefined || stockAccepts !== undefined;
      return (status === 0) === expected
        ? []
        : [`${name}: minisign ${status === 0 ? 'accepts' : 'refuses'} it`];
    });
    expect(others).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
