import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatPublicKey, generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { readSignedManifest } from './manifest.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-list-'));
const path = join(folder, 'executables.json');
const secret = generateKey(randomBytes(40));
const publicKey = formatPublicKey(publicKeyOf(secret), 'test');
const list = {
  format: 1,
  version: '1.0.0',
  signing: 'development',
  flavour: 'product',
  executables: [{ path: '/usr/bin/crun', blake2b512: 'a'.repeat(128), size: 1, mode: '0755' }],
};
const text = Buffer.from(JSON.stringify(list));
const signature = signMinisign(text, secret, 'test');
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether PID 1 would take this list with this signature. */
function taken(data: Buffer, signed: string): boolean {
  writeFileSync(path, data);
  writeFileSync(`${path}.minisig`, signed);
  try {
    expect(readSignedManifest(path, publicKey)).toEqual(list);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'manifest-invalid' });
    return false;
  }
}

/** Places in `length` bytes; not all of them: two checks of a signature take 20 ms. */
function every(length: number, from = 0): number[] {
  return Array.from({ length: Math.ceil((length - from) / 9) }, (_, at) => from + 9 * at);
}

test('control: what was signed is taken', () => {
  expect(taken(text, signature)).toBe(true);
});

test('a flipped bit in bytes all over the list: not taken', () => {
  const takenAt = every(text.length).filter((at) => {
    const changed = Buffer.from(text);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return taken(changed, signature);
  });
  expect(takenAt).toEqual([]);
});

test('a flipped bit in bytes all over what counts of the signature: not taken', () => {
  const [untrusted = '', ...rest] = signature.split('\n');
  const from = untrusted.length + 1; // the first line is nobody's word
  expect(rest.length).toBe(4);
  const takenAt = every(signature.length, from).filter((at) => {
    const changed = Buffer.from(signature);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return taken(text, changed.toString('utf8'));
  });
  expect(takenAt).toEqual([]);
});

test('a list of another key, or of another image of the same key with other content, is held to its own signature', () => {
  const other = generateKey(randomBytes(40));
  expect(taken(text, signMinisign(text, other, 'test'))).toBe(false);
  expect(taken(text, signMinisign(Buffer.from('{}'), secret, 'test'))).toBe(false);
});
