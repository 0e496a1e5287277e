import { join } from 'node:path';
import { buildImage } from './build.ts';
import type { Flavour } from './flavours.ts';

/**
 * Builds an image with a root shell beside the product's, unless it is there.
 * @param unverified without dm-verity and hashes of executables: what verification costs, is measured against this one
 * @param root the project's folder @returns the image's folder
 */
export async function flavourImage(
  flavour: Exclude<Flavour, 'product'>,
  { root, cache, unverified = false }: { root: string; cache: string; unverified?: boolean },
): Promise<string> {
  const out = join(cache, 'flavours', unverified ? `${flavour}-unverified` : flavour);
  const options = { root, out, cache, offline: false, refresh: false, flavour, unverified };
  await buildImage({ ...options, say: () => undefined });
  return out;
}
