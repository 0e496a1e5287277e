import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MinisignError } from '../../policy/minisign/error.ts';
import { type MinisignPublicKey, parsePublicKey, publicKeyLine } from '../../policy/minisign/public-key.ts';
import {
  formatPublicKey,
  formatSecretKey,
  generateKey,
  parseSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { verifyMinisign } from '../../policy/minisign/verify.ts';
import { ImageError } from '../error.ts';
import { askSignCommand, type SignCommand } from './command.ts';
import { readPublicKey } from './public-key.ts';

/** What the build signs with. */
export interface SigningKey {
  /** text of the public key file */
  publicKey: string;
  signing: 'development' | 'release';
  /** @returns the text of a `.minisig` file that holds for `data` and has this trusted comment */
  sign(data: Buffer, trustedComment: string): Promise<string> | string;
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

/** @throws {ImageError} `key-unusable` */
export function refuseSameKey(next: string, { publicKey }: SigningKey): void {
  if (publicKeyLine(parsePublicKey(publicKey)) !== next) return;
  const hint = 'make another with `./mkimage.sh keygen DIR`';
  throw new ImageError('key-unusable', 'the next key is the one that this image is signed with', hint);
}

/** The release key in `file`; without one, this machine's development key, made on first use. */
export function signingKey(file: string | undefined, developmentFolder: string): SigningKey {
  const path = file ?? join(developmentFolder, 'bulkhead.key');
  if (file === undefined && !existsSync(path)) makeKeys(developmentFolder);
  try {
    const secret = parseSecretKey(readFileSync(path, 'utf8'));
    const signing = file === undefined ? 'development' : 'release';
    return {
      publicKey: formatPublicKey(publicKeyOf(secret), `bulkhead ${signing} key`),
      signing,
      sign: (data, trustedComment) => signMinisign(data, secret, trustedComment),
    };
  } catch (cause) {
    throw new ImageError(
      'key-unusable',
      `the key ${path} cannot be used`,
      'make one with `./mkimage.sh keygen DIR`',
      { cause },
    );
  }
}

/**
 * A release key that only a command has. What it returns is checked before anything is done with it.
 * @throws {ImageError} `key-unusable`; when it signs, `signing-failed`
 */
export function commandKey(command: SignCommand): SigningKey {
  const key = parsePublicKey(readPublicKey(command.publicKey));
  return {
    publicKey: formatPublicKey(key, 'bulkhead release key'),
    signing: 'release',
    async sign(data, trustedComment) {
      const text = (await askSignCommand(command, 'minisign', data, trustedComment)).toString('utf8');
      checkSignature(data, text, key, trustedComment);
      return text;
    },
  };
}

function checkSignature(data: Buffer, text: string, key: MinisignPublicKey, expected: string): void {
  const refuse = (why: string, hint: string, cause?: unknown) =>
    new ImageError('signing-failed', `what the signing command returned is not used: ${why}`, hint, {
      cause,
    });
  try {
    const { trustedComment } = verifyMinisign(data, text, key);
    if (trustedComment !== expected)
      throw refuse(
        `its trusted comment is ${JSON.stringify(trustedComment)}, not ${JSON.stringify(expected)}`,
        "sign with the comment that is the command's third argument (minisign: -t)",
      );
  } catch (cause) {
    if (!(cause instanceof MinisignError)) throw cause;
    throw refuse(cause.message, cause.hint, cause);
  }
}
