import { webcrypto } from 'node:crypto';
import { PemConverter } from './x509.ts';

export const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

export type KeyPair = webcrypto.CryptoKeyPair;

export function generateKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']) as Promise<KeyPair>;
}

/** PKCS#8 in PEM, as OpenSSL, Node and docker read it. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

export function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [bytes] = PemConverter.decode(pem);
  if (bytes === undefined) throw new TypeError('no PEM block');
  return webcrypto.subtle.importKey('pkcs8', bytes, EC_P256, true, ['sign']);
}
