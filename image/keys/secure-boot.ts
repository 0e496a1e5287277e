import 'reflect-metadata';
import { createPrivateKey, sign, verify, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { RsaSigner } from '../../policy/secure-boot/authenticode.ts';
import { ImageError } from '../error.ts';
import { askSignCommand, type SignCommand } from './command.ts';

/**
 * UEFI's three keys. Only `db` signs images. The others would sign changes of the firmware's lists; they are made so that
 * these can never be changed by somebody else, and are needed at no build.
 */
const names = { platformKey: 'PK', keyExchangeKey: 'KEK', database: 'db' } as const;
type Role = keyof typeof names;

/** Firmware knows RSA with 2048 bits everywhere; it has no clock to trust, so the certificates last. */
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const YEARS = 20 * 365 * 24 * 3600 * 1000;

export interface SecureBootKeys {
  /** X.509 in DER */
  certificates: Record<Role, Buffer>;
  sign: RsaSigner;
}

/** Makes the three pairs in `folder`, those that are not there. @returns the files' names */
export async function makeSecureBootKeys(folder: string, now: Date): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made: string[] = [];
  for (const name of Object.values(names)) {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    if (existsSync(key)) continue;
    const keys = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
    const issued = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [`Bulkhead ${name}`] }],
      keys: keys as webcrypto.CryptoKeyPair,
      signingAlgorithm: RSA,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as webcrypto.CryptoKey),
      ],
      notBefore: new Date(now.getTime() - 24 * 3600 * 1000),
      notAfter: new Date(now.getTime() + YEARS),
    });
    const secret = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    const pem = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }).export({
      format: 'pem',
      type: 'pkcs8',
    });
    writeFileSync(key, pem, { mode: 0o600, flag: 'wx' });
    writeFileSync(certificate, `${issued.toString('pem')}\n`);
    made.push(key, certificate);
  }
  return made;
}

/** @throws {ImageError} `key-unusable` */
export function readSecureBootKeys(folder: string): SecureBootKeys {
  return usable(folder, () => {
    const certificates = readCertificates(folder);
    const key = createPrivateKey(readFileSync(join(folder, `${names.database}.key`)));
    if (!certificates.database.checkPrivateKey(key)) throw new Error('db.key is not the key of db.crt');
    return { certificates: encoded(certificates), sign: (data) => sign('sha256', data, key) };
  });
}

/**
 * The certificates in `folder`, and a command that has the key of db.crt. What it returns is checked.
 * @throws {ImageError} `key-unusable`; when it signs, `signing-failed`
 */
export function secureBootByCommand(folder: string, command: SignCommand): SecureBootKeys {
  return usable(folder, () => {
    const certificates = readCertificates(folder);
    const { publicKey } = certificates.database;
    return {
      certificates: encoded(certificates),
      async sign(data) {
        const signature = await askSignCommand(command, 'secure-boot', data);
        if (verify('sha256', data, publicKey, signature)) return signature;
        throw new ImageError(
          'signing-failed',
          'what the signing command returned for Secure Boot is no signature by the key of db.crt',
          'it must print the bytes of an RSA signature, PKCS #1 v1.5 with SHA-256, over the file',
        );
      },
    };
  });
}

function readCertificates(folder: string): Record<Role, X509Certificate> {
  const certificate = (role: Role): X509Certificate =>
    new X509Certificate(readFileSync(join(folder, `${names[role]}.crt`)));
  return {
    platformKey: certificate('platformKey'),
    keyExchangeKey: certificate('keyExchangeKey'),
    database: certificate('database'),
  };
}

function encoded({ platformKey, keyExchangeKey, database }: Record<Role, X509Certificate>) {
  return { platformKey: platformKey.raw, keyExchangeKey: keyExchangeKey.raw, database: database.raw };
}

function usable<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const hint = 'make keys with `./mkimage.sh keygen DIR`';
    throw new ImageError('key-unusable', `the Secure Boot keys in ${folder} cannot be used`, hint, { cause });
  }
}
