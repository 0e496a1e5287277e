import { fromBase64 } from './base64.ts';
import { pointOf } from './ed25519.ts';
import { MinisignError } from './error.ts';
import { type MinisignPublicKey, publicKeyLine, refuseWeakPoint } from './public-key.ts';

/** A minisign secret key that is not encrypted. */
export interface MinisignSecretKey {
  readonly id: Buffer;
  /** Seed and public key, 64 bytes. */
  readonly secret: Buffer;
}

/** A new pair from 40 random bytes: 32 of the seed, 8 of the key's id. */
export function generateKey(random: Uint8Array): MinisignSecretKey {
  if (random.length !== 40) throw new RangeError(`a key is made from 40 bytes, not ${random.length}`);
  const seed = random.subarray(0, 32);
  return { id: Buffer.from(random.subarray(32)), secret: Buffer.concat([seed, pointOf(seed)]) };
}

export function seedOf(key: MinisignSecretKey): Buffer {
  return key.secret.subarray(0, 32);
}

export function publicKeyOf(key: MinisignSecretKey): MinisignPublicKey {
  return { id: key.id, point: key.secret.subarray(32) };
}

/** The text of a public key file. */
export function formatPublicKey(key: MinisignPublicKey, comment: string): string {
  return `untrusted comment: ${comment}\n${publicKeyLine(key)}\n`;
}

/** The text of a secret key file as `minisign -G -W` writes it: without a password. */
export function formatSecretKey(key: MinisignSecretKey, comment: string): string {
  const plain = Buffer.concat([key.id, key.secret]);
  const body = Buffer.concat([header, Buffer.alloc(48), plain, Buffer.alloc(32)]);
  return `untrusted comment: ${comment}\n${body.toString('base64')}\n`;
}

/**
 * Reads a secret key file that has no password.
 * @throws {MinisignError} `secret-key-malformed`, `secret-key-encrypted`, `public-key-weak`
 */
export function parseSecretKey(text: string): MinisignSecretKey {
  const bytes = decodeSecretKey(text);
  if (isEncrypted(bytes))
    throw new MinisignError('secret-key-encrypted', 'the secret key is protected by a password');
  if (!bytes.subarray(0, 6).equals(header)) {
    throw new MinisignError('secret-key-malformed', 'the secret key is damaged');
  }
  const key = keyFrom(bytes.subarray(54, 126));
  if (key === undefined) {
    throw new MinisignError(
      'secret-key-malformed',
      'the two halves of the secret key do not belong together',
    );
  }
  return key;
}

/** The bytes of a secret key file. @throws {MinisignError} `secret-key-malformed` */
export function decodeSecretKey(text: string): Buffer {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const whole = lines.length === 2 && lines[0]?.startsWith('untrusted comment:');
  const bytes = whole ? fromBase64(lines[1] ?? '', 158) : undefined;
  if (bytes === undefined) throw new MinisignError('secret-key-malformed', 'this is no minisign secret key');
  return bytes;
}

/** Whether a password protects it (scrypt). */
export function isEncrypted(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 6) === 'EdScB2';
}

/**
 * @param plain id, seed and public key
 * @returns undefined when seed and public key do not belong together
 * @throws {MinisignError} `public-key-weak`
 */
export function keyFrom(plain: Buffer): MinisignSecretKey | undefined {
  const key = { id: plain.subarray(0, 8), secret: plain.subarray(8, 72) };
  const expected = pointOf(seedOf(key));
  if (!expected.equals(key.secret.subarray(32))) return undefined;
  refuseWeakPoint(expected);
  return key;
}

/**
 * Algorithm 'Ed', no key derivation, checksum by BLAKE2b. With no key derivation minisign leaves the 48 bytes
 * of salt and limits and the 32 of the checksum zero; that the key's halves belong together is checked instead.
 */
const header = Buffer.from('Ed\0\0B2', 'latin1');
