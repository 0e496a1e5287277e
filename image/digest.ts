import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export function digestOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export type DigestAlgorithm = 'sha256' | 'blake2b512';

/** Digest of a file, hexadecimal. */
export async function digestFile(path: string, algorithm: DigestAlgorithm = 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Digests of files, kept between builds: three hundred megabytes are hashed once and not in each build. A file
 * counts as the same while its path, inode, size and times (ctime, which no program can set, too) are.
 */
export class Digests {
  readonly #path: string;
  readonly #known: Record<string, string>;
  readonly #used = new Map<string, string>();

  constructor(path: string) {
    this.#path = path;
    this.#known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
  }

  async of(path: string, algorithm: DigestAlgorithm = 'sha256'): Promise<string> {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    const key = [algorithm, path, ino, size, mtimeMs, ctimeMs].join(':');
    const digest = this.#used.get(key) ?? this.#known[key] ?? (await digestFile(path, algorithm));
    this.#used.set(key, digest);
    return digest;
  }

  /** SHA-256. @param source content, or the path of a file that holds it */
  async ofSource(source: string | Buffer): Promise<string> {
    return typeof source === 'string' ? this.of(source) : digestOf(source);
  }

  /** Keeps what this build asked for, and forgets the rest. */
  save(): void {
    const partial = `${this.#path}.${process.pid}.part`;
    writeFileSync(partial, JSON.stringify(Object.fromEntries(this.#used)));
    renameSync(partial, this.#path);
  }
}
