import { createHash } from 'node:crypto';
import { fromBase64 } from './base64.ts';
import { MinisignError } from './error.ts';
import { littleEndian, weaknessOf } from './public-key.ts';

/** The parts of a `.minisig` file (https://jedisct1.github.io/minisign/, 'Signature format'). */
export interface MinisignSignature {
  keyId: Buffer;
  /** ed25519 over the BLAKE2b-512 digest of the data. */
  signature: Buffer;
  trustedComment: string;
  /** ed25519 over `signature` and the trusted comment. */
  globalSignature: Buffer;
}

/** The order of ed25519's base point (RFC 8032, 5.1). */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const TRUSTED = 'trusted comment: ';

/**
 * Reads a `.minisig` file.
 * @throws {MinisignError} `signature-malformed`, `signature-legacy`, `signature-malleated`, `signature-weak`
 */
export function parseSignature(text: string): MinisignSignature {
  const lines = text.replace(/\n$/, '').split('\n');
  const [untrusted, first, trusted, second] = lines;
  const body = fromBase64(first ?? '', 74);
  const globalSignature = fromBase64(second ?? '', 64);
  if (
    lines.length !== 4 ||
    !untrusted?.startsWith('untrusted comment:') ||
    !trusted?.startsWith(TRUSTED) ||
    body === undefined ||
    globalSignature === undefined
  ) {
    throw new MinisignError('signature-malformed', 'this is no minisign signature');
  }
  const algorithm = body.toString('latin1', 0, 2);
  if (algorithm === 'Ed')
    throw new MinisignError('signature-legacy', 'the signature is not of the prehashed kind');
  if (algorithm !== 'ED')
    throw new MinisignError('signature-malformed', 'the signature is of an unknown kind');
  const signature = body.subarray(10);
  for (const each of [signature, globalSignature]) {
    refuseMalleated(each);
    refuseWeak(each);
  }
  return {
    keyId: body.subarray(2, 10),
    signature,
    trustedComment: trusted.slice(TRUSTED.length),
    globalSignature,
  };
}

/** What the first signature is made over. */
export function prehash(data: Uint8Array): Buffer {
  return createHash('blake2b512').update(data).digest();
}

/** RFC 8032, 5.1.7: S must be below the group's order, or S + L would be a second valid signature. */
function refuseMalleated(signature: Buffer): void {
  if (littleEndian(signature.subarray(32)) >= GROUP_ORDER) {
    throw new MinisignError('signature-malleated', 'the signature is not in its canonical form');
  }
}

/**
 * R is the point that the signer chose: of small order, or not canonical, it is nobody's honest choice, and verifiers
 * differ on it. libsodium, and with it minisign, refuses those too (crypto_sign/ed25519/ref10/open.c).
 */
function refuseWeak(signature: Buffer): void {
  const weakness = weaknessOf(signature.subarray(0, 32));
  if (weakness !== undefined)
    throw new MinisignError('signature-weak', `the signature's point is ${weakness}`);
}
