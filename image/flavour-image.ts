import { join } from 'node:path';
import { buildImage } from './build.ts';
import type { Flavour } from './flavours.ts';

/**
 * Builds an image with a root shell beside the product's, unless it is there.
 * @param root the project's folder @returns the image's folder
 */
export async function flavourImage(
  flavour: Exclude<Flavour, 'product'>,
  { root, cache }: { root: string; cache: string },
): Promise<string> {
  const out = join(cache, 'flavours', flavour);
  await buildImage({ root, out, cache, offline: false, refresh: false, flavour, say: () => undefined });
  return out;
}
