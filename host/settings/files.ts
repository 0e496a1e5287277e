import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MinisignError } from '../../policy/minisign/error.ts';
import { type MinisignPublicKey, parsePublicKey } from '../../policy/minisign/public-key.ts';
import {
  formatPublicKey,
  formatSecretKey,
  generateKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { HostError, hasSystemCode } from '../errors.ts';

/** A file that a person named. @throws {HostError} `file-unusable` */
export async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    const what = hasSystemCode(cause, 'ENOENT', 'ENOTDIR')
      ? 'is not there'
      : `cannot be read: ${cause.message}`;
    throw new HostError('file-unusable', `${path} ${what}`, { cause });
  }
}

/** Writes a file that everybody may read; a reader sees the old text or the new one. */
export async function writeNamed(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writable(path, () => writeFile(draft, text, { mode: 0o644, flag: 'wx' }));
  await rename(draft, path);
}

/** Writes a file that is not there yet. @throws {HostError} `file-unusable` */
export async function writeNew(path: string, text: string, mode = 0o644): Promise<void> {
  await writable(path, () => writeFile(path, text, { mode, flag: 'wx' }));
}

/** A minisign public key file, or its second line in a file. @throws {HostError} `file-unusable`, `signature-invalid` */
export async function readPublicKey(path: string): Promise<{ key: MinisignPublicKey; line: string }> {
  const text = (await readNamed(path)).toString('utf8');
  try {
    const key = parsePublicKey(text);
    return { key, line: formatPublicKey(key, '').split('\n')[1] ?? '' };
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new HostError('signature-invalid', `${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

/** Makes a pair in `folder`; a key is never written over. @throws {HostError} `file-unusable` */
export async function makeKeyPair(folder: string): Promise<{ secret: string; public: string }> {
  const paths = { secret: join(folder, 'settings.key'), public: join(folder, 'settings.pub') };
  const key = generateKey(randomBytes(40));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeNew(paths.secret, formatSecretKey(key, 'bulkhead settings, secret key'), 0o600);
  await writeNew(paths.public, formatPublicKey(publicKeyOf(key), 'bulkhead settings, public key'));
  return paths;
}

async function writable(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (hasSystemCode(cause, 'EEXIST'))
      throw new HostError('file-unusable', `${basename(path)} exists: ${path}`, {
        cause,
        hint: 'name another one, or move it away: nothing is written over',
      });
    if (!hasSystemCode(cause, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EISDIR')) throw cause;
    throw new HostError('file-unusable', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
