/** Ed25519 (RFC 8032). Keys are points and seeds of 32 bytes, signatures have 64. */
import { createPrivateKey, createPublicKey, type KeyObject, sign as opensslSign, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

// Without a table of multiples of the base point, which takes longer than the few signatures of a boot without it.
ed25519.Point.BASE.precompute(1);

/** What comes before a seed in PKCS#8, and before a point in SubjectPublicKeyInfo, as DER (RFC 8410, 7 and 4). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** The public key of a seed. */
export function pointOf(seed: Uint8Array): Buffer {
  return createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}

/** By OpenSSL, which takes the same time for every seed. */
export function sign(message: Uint8Array, seed: Uint8Array): Buffer {
  return opensslSign(null, message, privateKey(seed));
}

/** What noble-curves and OpenSSL say of a signature: a flaw in one of them is seen by the other. */
export function verdicts(
  message: Uint8Array,
  signature: Uint8Array,
  point: Uint8Array,
): { noble: boolean; openssl: boolean } {
  const key = createPublicKey({ key: Buffer.concat([SPKI, point]), format: 'der', type: 'spki' });
  return {
    noble: ed25519.verify(signature, message, point, { zip215: false }),
    openssl: verify(null, message, key, signature),
  };
}

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}
