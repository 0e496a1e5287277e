import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Digests, digestOf } from '../digest.ts';
import type { Dist } from '../dist.ts';
import type { PackageTree } from '../tree/packages.ts';
import type { RootTree } from '../tree/root-tree.ts';
import { findErofsTool, makeErofs } from './erofs.ts';

const IMAGE = 'root.erofs';
/** Beside the image: what it was made of, and its own digest. */
const STAMP = '.root.stamp';

/**
 * Makes `root.erofs` of `tree`, unless the one that is there was made of the same files by the same tool and was
 * not altered since.
 * @returns whether it was made
 */
export async function makeRootImage(
  tree: RootTree,
  packages: PackageTree,
  dist: Dist,
  cache: string,
  digests: Digests,
): Promise<boolean> {
  const tool = await findErofsTool(packages);
  const key = digestOf(JSON.stringify([tool.key, await describe(tree, digests)]));
  const image = dist.path(IMAGE);
  const stamp = async (): Promise<string> => `${key}\n${await digests.of(image)}\n`;
  const present = existsSync(image) && existsSync(dist.path(STAMP));
  if (present && readFileSync(dist.path(STAMP), 'utf8') === (await stamp())) return false;
  const folder = join(cache, `root.${process.pid}`);
  try {
    tree.write(folder);
    await makeErofs(tool, folder, `${image}.part`, cache);
    renameSync(`${image}.part`, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  dist.write(STAMP, await stamp());
  return true;
}

async function describe(tree: RootTree, digests: Digests): Promise<unknown[]> {
  const parts: unknown[] = [];
  for (const [path, entry] of tree.entries()) {
    if (entry.kind !== 'file') parts.push([path, entry]);
    else parts.push([path, entry.mode, await digests.ofSource(entry.source)]);
  }
  return parts;
}
