import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';

export interface Digest {
  blake2b512: string;
  size: number;
}

/** BLAKE2b-512 of all that an open file has. @param chunk is read into */
export function digestOf(descriptor: number, chunk: Buffer): Digest {
  const hash = createHash('blake2b512');
  let size = 0;
  for (;;) {
    const read = readSync(descriptor, chunk, 0, chunk.length, size);
    if (read === 0) return { blake2b512: hash.digest('hex'), size };
    hash.update(chunk.subarray(0, read));
    size += read;
  }
}
