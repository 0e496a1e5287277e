import { createPublicKey, verify as opensslVerify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

/**
 * Ed25519 (RFC 8032), twice: by noble-curves and by OpenSSL. Keys are points and seeds of 32 bytes, signatures have 64.
 */

// Without a table of multiples of the base point, which takes longer than the few signatures of a boot without it.
ed25519.Point.BASE.precompute(1);

/** The public key of a seed. */
export function pointOf(seed: Uint8Array): Buffer {
  return Buffer.from(ed25519.getPublicKey(seed));
}

export function sign(message: Uint8Array, seed: Uint8Array): Buffer {
  return Buffer.from(ed25519.sign(message, seed));
}

/** What either says of a signature: a flaw in one of them is seen by the other. */
export function verdicts(
  message: Uint8Array,
  signature: Uint8Array,
  point: Uint8Array,
): { noble: boolean; openssl: boolean } {
  const noble = ed25519.verify(signature, message, point, { zip215: false });
  const x = Buffer.from(point).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return { noble, openssl: opensslVerify(null, message, key, signature) };
}
