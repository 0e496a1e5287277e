import { fromBase64 } from './base64.ts';
import { MinisignError } from './error.ts';

/** A checked minisign public key: its point is canonical and of large order. */
export interface MinisignPublicKey {
  /** Eight bytes that say which key a signature belongs to; no secret and no proof. */
  readonly id: Buffer;
  /** The ed25519 public key, 32 bytes (RFC 8032, 5.1.5). */
  readonly point: Buffer;
}

/** 2^255 - 19 (RFC 8032, 5.1). */
const FIELD = 2n ** 255n - 19n;

/**
 * The y coordinates of the eight points of small order. Whoever holds such a 'key' can make signatures that
 * verify for every message (https://eprint.iacr.org/2020/1244, table 1).
 */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
]);

/**
 * Reads minisign's public key file (`untrusted comment: …` and a line of base64), or that line alone.
 * @throws {MinisignError} `public-key-malformed`, `public-key-weak`
 */
export function parsePublicKey(text: string): MinisignPublicKey {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const encoded = lines.length === 2 && lines[0]?.startsWith('untrusted comment:') ? lines[1] : lines[0];
  const bytes = lines.length <= 2 && encoded !== undefined ? fromBase64(encoded, 42) : undefined;
  if (bytes === undefined || bytes.toString('latin1', 0, 2) !== 'Ed') {
    throw new MinisignError('public-key-malformed', 'this is no minisign public key');
  }
  const point = bytes.subarray(10);
  refuseWeakPoint(point);
  return { id: bytes.subarray(2, 10), point };
}

/** Whether a line is the base64 of a key that {@link parsePublicKey} accepts, and nothing else. */
export function isPublicKey(line: string): boolean {
  try {
    return publicKeyLine(parsePublicKey(line)) === line;
  } catch (error) {
    if (error instanceof MinisignError) return false;
    throw error;
  }
}

/** The second line of its file: all of the key, in base64. */
export function publicKeyLine({ id, point }: MinisignPublicKey): string {
  return Buffer.concat([Buffer.from('Ed'), id, point]).toString('base64');
}

/** A key's id as minisign prints it: hexadecimal, highest byte first. */
export function keyName({ id }: Pick<MinisignPublicKey, 'id'>): string {
  return Buffer.from(id).reverse().toString('hex').toUpperCase();
}

/** @throws {MinisignError} `public-key-weak` for a non-canonical encoding or a point of small order */
export function refuseWeakPoint(point: Uint8Array): void {
  const weakness = weaknessOf(point);
  if (weakness !== undefined) throw new MinisignError('public-key-weak', `the public key is ${weakness}`);
}

/** What is wrong with an encoded point, as the end of a sentence. */
export function weaknessOf(point: Uint8Array): string | undefined {
  const y = littleEndian(point) & (2n ** 255n - 1n); // the top bit is the sign of x
  if (y >= FIELD) return 'not canonically encoded';
  return SMALL_ORDER.has(y) ? 'a point of small order' : undefined;
}

/** The number that 32 bytes stand for, lowest byte first. */
export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
