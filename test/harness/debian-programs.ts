import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { digestOf } from '../../image/digest.ts';
import { collectLibraries } from '../../image/tree/libraries.ts';
import type { Found } from '../../image/tree/packages.ts';
import { needs } from '../images/libraries.ts';
import { debian } from '../images/test-image.ts';

const TOOLS = resolve(import.meta.dirname, '../../.cache/tools');
const LOADER = 'ld-linux-x86-64.so.2';

/**
 * Debian's builds are linked dynamically, against a C library that this machine need not have: trixie's own loader
 * starts them. What starts a program by its path gets a script.
 */
const WRAPPER = `#!/bin/sh\nexec 'LIBRARIES/${LOADER}' --library-path 'LIBRARIES' 'PROGRAM' "$@"\n`;

/** Where it will be in the folder → its package and path there. */
export type Programs = Readonly<Record<string, readonly [packageName: string, path: string]>>;

/** Programs of Debian trixie that run on this machine. @returns a folder of the cache */
export async function debianPrograms(name: string, programs: Programs): Promise<string> {
  const { packages } = await debian();
  const found = new Map<string, Found>();
  const libraries = new Map<string, Found>();
  for (const [place, [packageName, path]] of Object.entries(programs)) {
    const program = await packages.file(packageName, path);
    found.set(place, program);
    await collectLibraries(packages, program, libraries, needs);
  }
  const used = [...found.values(), ...libraries.values()].map((each) => each.package.sha256);
  const folder = join(TOOLS, `${name}-${digestOf(JSON.stringify([WRAPPER, programs, used])).slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}.part`;
  mkdirSync(join(partial, 'lib'), { recursive: true });
  for (const [soname, { path }] of libraries) copyFileSync(path, join(partial, 'lib', soname));
  for (const [place, { path }] of found) {
    const text = WRAPPER.replaceAll('LIBRARIES', join(folder, 'lib')).replace('PROGRAM', path);
    mkdirSync(dirname(join(partial, place)), { recursive: true });
    writeFileSync(join(partial, place), text, { mode: 0o755 });
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true }); // another run was faster
  }
  return folder;
}
