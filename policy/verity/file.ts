import { closeSync, openSync, readSync } from 'node:fs';
import { BLOCK, type HashTree, hashBlocks, hashTree } from './tree.ts';

const CHUNK = 256 * BLOCK;

/** The hash tree over the first `dataBlocks` blocks of a file. @throws {RangeError} when it has fewer */
export function treeOfFile(path: string, dataBlocks: number, salt: Buffer): HashTree {
  const file = openSync(path, 'r');
  try {
    const leaves: Buffer[] = [];
    const buffer = Buffer.alloc(CHUNK);
    const end = dataBlocks * BLOCK;
    for (let at = 0; at < end; ) {
      const wanted = Math.min(CHUNK, end - at);
      const length = readSync(file, buffer, 0, wanted, at);
      if (length !== wanted) throw new RangeError(`${path} ends at ${at + length} bytes, not at ${end}`);
      leaves.push(hashBlocks(buffer.subarray(0, length), salt));
      at += length;
    }
    return hashTree(Buffer.concat(leaves), salt);
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file from `offset` on. */
export function readTail(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, offset));
  } finally {
    closeSync(file);
  }
}
