import { createHash } from 'node:crypto';

/** Of data and of hashes, bytes: the page size, and what veritysetup(8) takes when nothing is said. */
export const BLOCK = 4096;
const DIGEST = 32;
const PER_BLOCK = BLOCK / DIGEST;

/**
 * SHA-256 of each block, one after the other: format 1 of dm-verity, in which the salt comes first
 * (Documentation/admin-guide/device-mapper/verity.rst).
 * @param data whole blocks @throws {RangeError} when it is not
 */
export function hashBlocks(data: Buffer, salt: Buffer): Buffer {
  if (data.length % BLOCK !== 0) throw new RangeError(`${data.length} bytes are no whole blocks`);
  const digests: Buffer[] = [];
  for (let at = 0; at < data.length; at += BLOCK) {
    digests.push(
      createHash('sha256')
        .update(salt)
        .update(data.subarray(at, at + BLOCK))
        .digest(),
    );
  }
  return Buffer.concat(digests);
}

/** A hash tree as the kernel reads it: the top level first, each level filled up to whole blocks with zeros. */
export interface HashTree {
  /** of the top block */
  rootHash: Buffer;
  tree: Buffer;
}

/** @param leaves what {@link hashBlocks} gave for all data, of two blocks at least @throws {RangeError} */
export function hashTree(leaves: Buffer, salt: Buffer): HashTree {
  if (leaves.length < 2 * DIGEST) throw new RangeError('a hash tree is over two blocks or more');
  const levels = [padded(leaves)];
  for (let top = levels[0]; top !== undefined && top.length > BLOCK; top = levels[0]) {
    levels.unshift(padded(hashBlocks(top, salt)));
  }
  const top = levels[0] ?? Buffer.alloc(0);
  return { rootHash: hashBlocks(top, salt), tree: Buffer.concat(levels) };
}

/** Bytes of the tree over so many data blocks. */
export function treeSize(dataBlocks: number): number {
  let blocks = 0;
  let level = dataBlocks;
  do {
    level = Math.ceil(level / PER_BLOCK);
    blocks += level;
  } while (level > 1);
  return blocks * BLOCK;
}

function padded(digests: Buffer): Buffer {
  return Buffer.concat([digests, Buffer.alloc((BLOCK - (digests.length % BLOCK)) % BLOCK)]);
}
