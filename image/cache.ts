import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readIfPresent, writeAtomically } from './atomic-file.ts';

/** Where a build keeps what it need not do again. Everything in it can be deleted at any time. */
export interface Cache {
  root: string;
  /** Path of something in the cache. */
  path(...names: string[]): string;
}

export function openCache(root: string): Cache {
  return { root, path: (...names) => join(root, ...names) };
}

/** A name for everything that a result depends on: equal keys mean equal results. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The file `folder/key` of the cache, made first when it is not there. Returns its path and whether it was made. */
export async function cachedFile(
  cache: Cache,
  folder: string,
  key: string,
  make: () => Promise<Uint8Array | string>,
): Promise<{ path: string; content: Buffer; made: boolean }> {
  const path = cache.path(folder, key);
  const present = await readIfPresent(path);
  if (present !== undefined) return { path, content: present, made: false };
  const content = Buffer.from(await make());
  await writeAtomically(path, content);
  return { path, content, made: true };
}
