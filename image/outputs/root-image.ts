import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findVerity, formatVerity, type VerityRoot } from '../../policy/verity/word.ts';
import { type Digests, digestOf } from '../digest.ts';
import type { Dist } from '../dist.ts';
import type { PackageTree } from '../tree/packages.ts';
import type { RootTree } from '../tree/root-tree.ts';
import { findErofsTool, makeErofs } from './erofs.ts';
import { appendHashTree } from './verity.ts';

const IMAGE = 'root.erofs';
/** Beside the image: what it was made of, its own digest, its root hash. */
const STAMP = '.root.stamp';

/**
 * Makes `root.erofs` of `tree`, its hash tree behind it, unless the one that is there was made of the same files by the
 * same tool and was not altered since.
 */
export async function makeRootImage(
  tree: RootTree,
  packages: PackageTree,
  dist: Dist,
  cache: string,
  digests: Digests,
): Promise<VerityRoot> {
  const tool = await findErofsTool(packages);
  const key = digestOf(JSON.stringify([tool.key, await describe(tree, digests)]));
  const image = dist.path(IMAGE);
  const present = existsSync(image) && existsSync(dist.path(STAMP));
  const [made, digest, word = ''] = present ? readFileSync(dist.path(STAMP), 'utf8').split('\n') : [];
  const known = made === key && digest === (await digests.of(image)) ? findVerity(word) : undefined;
  if (known !== undefined) return known;
  const folder = join(cache, `root.${process.pid}`);
  const partial = `${image}.${process.pid}.part`;
  try {
    tree.write(folder);
    await makeErofs(tool, folder, partial, cache);
    const root = appendHashTree(partial);
    renameSync(partial, image);
    dist.write(STAMP, `${key}\n${await digests.of(image)}\n${formatVerity(root)}\n`);
    return root;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function describe(tree: RootTree, digests: Digests): Promise<unknown[]> {
  const parts: unknown[] = [];
  for (const [path, entry] of tree.entries()) {
    if (entry.kind !== 'file') parts.push([path, entry]);
    else parts.push([path, entry.mode, await digests.ofSource(entry.source)]);
  }
  return parts;
}
