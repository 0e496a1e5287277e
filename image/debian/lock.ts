import { readFile } from 'node:fs/promises';
import * as z from '../../policy/zod.ts';
import { ImageError } from '../error.ts';
import { debianPackage, type Package } from './package.ts';

const lockFile = z.strictObject({
  format: z.literal(1),
  packages: z.array(debianPackage).check(z.minLength(1)),
});

/** The text that says which packages a build asked for, so that `--locked` can make the same image again. */
export function renderLock(packages: readonly Package[]): string {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${JSON.stringify({ format: 1, packages: sorted }, null, 1)}\n`;
}

/** Reads what `renderLock` gave. Its hashes are trusted: whoever may change it may change the image. */
export async function readLock(path: string): Promise<Package[]> {
  try {
    return lockFile.parse(JSON.parse(await readFile(path, 'utf8'))).packages;
  } catch (cause) {
    const hint = 'give the packages.lock of a finished build';
    throw new ImageError('lock-malformed', `${path} is no list of locked packages`, hint, { cause });
  }
}
