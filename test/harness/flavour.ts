import { join, resolve } from 'node:path';
import { buildImage } from '../../image/build.ts';
import type { Flavour } from '../../image/flavours.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds an image with a root shell, unless it is there. @returns its folder */
export async function flavourImage(flavour: Exclude<Flavour, 'product'>): Promise<string> {
  const cache = resolve(process.env.BULKHEAD_CACHE ?? join(ROOT, '.cache'));
  const out = join(cache, 'flavours', flavour);
  await buildImage({ root: ROOT, out, cache, offline: false, refresh: false, flavour, say: () => undefined });
  return out;
}
