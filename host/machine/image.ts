import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ReleaseManifest, releaseManifest } from '../../policy/manifest/release.ts';
import { MinisignError } from '../../policy/minisign/error.ts';
import { parsePublicKey, publicKeyLine } from '../../policy/minisign/public-key.ts';
import { verifyMinisign } from '../../policy/minisign/verify.ts';
import { HostError, hasSystemCode } from '../errors.ts';
import type { SignedImage } from './image-keys.ts';

/** A built image whose signature and content have been checked. */
export interface MachineImage {
  readonly directory: string;
  readonly manifest: ReleaseManifest;
  /** That its signature was checked with; minisign's line of base64. */
  readonly key: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly root: string;
  readonly firmware: string;
  readonly firmwareVariables: string;
  /** Disk with the signed kernel image. */
  readonly boot: string;
}

/** All that QEMU is given. */
const GIVEN = ['kernel', 'initramfs', 'root', 'firmware', 'firmwareVariables', 'boot'] as const;

/**
 * Reads `manifest.json` in `folder`, checks its signature, then size and sha256 of all that QEMU is given.
 * @param options.publicKey minisign key file; default: `bulkhead.pub` in the same folder
 * @throws {HostError} `image-missing`, `image-damaged`, `image-untrusted`
 */
export async function readImage(
  folder: string,
  options: { publicKey?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<MachineImage> {
  const directory = resolve(folder); // QEMU has another working directory, and the record outlives this one
  const { manifest, key } = await readManifest(
    directory,
    options.publicKey ?? join(directory, 'bulkhead.pub'),
  );
  const paths = Object.fromEntries(GIVEN.map((part) => [part, ''])) as Record<(typeof GIVEN)[number], string>;
  for (const part of GIVEN) {
    const { file, sha256, size } = manifest.artefacts[part];
    paths[part] = join(directory, file);
    await checkContent(paths[part], sha256, size, options.signal);
  }
  return { directory, manifest, key, ...paths };
}

/** The manifest, its signature checked with the key in `keyFile`; and that key. @throws {HostError} as {@link readImage} */
export async function readManifest(
  directory: string,
  keyFile: string,
): Promise<SignedImage & { manifest: ReleaseManifest }> {
  const manifestFile = join(directory, 'manifest.json');
  const text = await readPart(manifestFile, `there is no image in ${directory}`);
  const signature = await readPart(`${manifestFile}.minisig`, `the image in ${directory} is not signed`);
  const keyText = await readPart(keyFile, `the key to check the image with is missing: ${keyFile}`);
  const key = checkSignature(text, signature, keyText, manifestFile);
  return { key, manifest: parseManifest(text, manifestFile) };
}

/** @throws {HostError} `image-missing`, in the words of `missing` */
export async function readPart(path: string, missing: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR'))
      throw new HostError('image-missing', missing, { cause: error });
    throw error;
  }
}

function checkSignature(data: Buffer, signature: Buffer, keyText: Buffer, path: string): string {
  try {
    const key = parsePublicKey(keyText.toString('utf8'));
    verifyMinisign(data, signature.toString('utf8'), key);
    return publicKeyLine(key);
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new HostError('image-untrusted', `the signature of ${path} does not hold: ${error.message}`, {
      cause: error,
    });
  }
}

function parseManifest(text: Buffer, path: string): ReleaseManifest {
  try {
    return releaseManifest.parse(JSON.parse(text.toString('utf8')));
  } catch (error) {
    throw new HostError('image-damaged', `${path} is no release manifest this launcher knows`, {
      cause: error,
      log: error instanceof Error ? error.message.split('\n').slice(0, 10) : [],
    });
  }
}

/** @throws {HostError} `image-missing`, `image-damaged` */
export async function checkContent(
  path: string,
  sha256: string,
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  const actual = await stat(path).catch((error: unknown) => {
    throw new HostError('image-missing', `the image lacks ${path}`, { cause: error });
  });
  if (actual.size !== size) {
    throw new HostError('image-damaged', `${path} has ${actual.size} bytes, the manifest says ${size}`);
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, signal ? { signal } : {});
  if (hash.digest('hex') !== sha256) throw new HostError('image-damaged', `${path} is not what was signed`);
}
