import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatPublicKey,
  formatSecretKey,
  generateKey,
  type MinisignSecretKey,
  parseSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { ImageError } from '../error.ts';

/** What the build signs with. */
export interface SigningKey {
  secret: MinisignSecretKey;
  /** text of the public key file */
  publicKey: string;
  signing: 'development' | 'release';
}

/** Makes a pair in `folder`. @throws {ImageError} `key-unusable` when one is there */
export function makeKeys(folder: string): { secret: string; public: string } {
  const paths = { secret: join(folder, 'bulkhead.key'), public: join(folder, 'bulkhead.pub') };
  if (existsSync(paths.secret)) {
    throw new ImageError(
      'key-unusable',
      `${paths.secret} exists`,
      'give another folder: a key is never written over',
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = generateKey(randomBytes(40));
  writeFileSync(paths.secret, formatSecretKey(key, 'bulkhead secret key'), { mode: 0o600, flag: 'wx' });
  writeFileSync(paths.public, formatPublicKey(publicKeyOf(key), 'bulkhead public key'));
  return paths;
}

/** The release key in `file`; without one, this machine's development key, made on first use. */
export function signingKey(file: string | undefined, developmentFolder: string): SigningKey {
  const path = file ?? join(developmentFolder, 'bulkhead.key');
  if (file === undefined && !existsSync(path)) makeKeys(developmentFolder);
  try {
    const secret = parseSecretKey(readFileSync(path, 'utf8'));
    const signing = file === undefined ? 'development' : 'release';
    return { secret, publicKey: formatPublicKey(publicKeyOf(secret), `bulkhead ${signing} key`), signing };
  } catch (cause) {
    throw new ImageError(
      'key-unusable',
      `the key ${path} cannot be used`,
      'make one with `./mkimage.sh keygen DIR`',
      { cause },
    );
  }
}
