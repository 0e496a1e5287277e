import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { treeOfFile } from '../../policy/verity/file.ts';
import { BLOCK } from '../../policy/verity/tree.ts';
import type { VerityRoot } from '../../policy/verity/word.ts';
import { digestOf } from '../digest.ts';
import { ImageError } from '../error.ts';

/**
 * Appends its hash tree to a file system image. The salt is the image's own digest: the same image gives the same tree,
 * and no two images share blocks' hashes.
 */
export function appendHashTree(image: string): VerityRoot {
  const { size } = statSync(image);
  if (size % BLOCK !== 0) {
    throw new ImageError('command-failed', `${image} has ${size} bytes, no whole blocks`, 'report it');
  }
  const salt = digestOf(readFileSync(image));
  const dataBlocks = size / BLOCK;
  const { tree, rootHash } = treeOfFile(image, dataBlocks, Buffer.from(salt, 'hex'));
  appendFileSync(image, tree);
  return { dataBlocks, rootHash: rootHash.toString('hex'), salt };
}
