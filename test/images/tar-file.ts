import { createHash } from 'node:crypto';
import { createReadStream, type ReadStream, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tarHeader } from '../../image/outputs/tar.ts';

/** An entry of a tar file; unlike image/outputs/tar.ts, content may be a file that is never whole in memory. */
export interface TarItem {
  /** without a leading `/` */
  path: string;
  mode: number;
  content:
    | { kind: 'file'; source: string | Buffer }
    | { kind: 'directory' }
    | { kind: 'link'; target: string };
}

/**
 * Writes a ustar file entry by entry, owned by 0:0 with time 0 (POSIX.1-2017, pax).
 * @returns the SHA-256 of the whole, hexadecimal
 * @throws {RangeError} for a path that ustar cannot hold
 */
export async function writeTar(output: string, items: readonly TarItem[]): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(output, 'w');
  try {
    for (const item of items) await append(file, hash, item);
    await put(file, hash, Buffer.alloc(1024));
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

type Hash = ReturnType<typeof createHash>;

async function append(file: FileHandle, hash: Hash, { path, mode, content }: TarItem): Promise<void> {
  const source = content.kind === 'file' ? content.source : Buffer.alloc(0);
  const size = typeof source === 'string' ? statSync(source).size : source.length;
  const [prefix, name] = splitPath(content.kind === 'directory' ? `${path}/` : path);
  const target = content.kind === 'link' ? content.target : '';
  if (Buffer.byteLength(target) > 100) throw new RangeError(`${path} leads too far for ustar`);
  await put(file, hash, tarHeader({ prefix, name, mode, size, kind: content.kind, target }));
  let written = 0;
  const parts: ReadStream | readonly Buffer[] =
    typeof source === 'string' ? createReadStream(source, { highWaterMark: 2 ** 20 }) : [source];
  for await (const part of parts as AsyncIterable<Buffer>) {
    await put(file, hash, part);
    written += part.length;
  }
  if (written !== size) throw new Error(`${path} changed while it was read`);
  await put(file, hash, Buffer.alloc((512 - (size % 512)) % 512));
}

async function put(file: FileHandle, hash: Hash, bytes: Buffer): Promise<void> {
  if (bytes.length === 0) return;
  hash.update(bytes);
  await file.writeFile(bytes);
}

/** Prefix of at most 155 bytes, a `/` that is not written, name of at most 100. */
function splitPath(path: string): [string, string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155)
      return [prefix, name];
  }
  throw new RangeError(`${path} is too long for ustar`);
}
