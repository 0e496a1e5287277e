import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readElf } from '../tree/elf.ts';
import type { Found, PackageTree } from '../tree/packages.ts';
import { run } from '../run.ts';

/** Fixed: the same tree gives the same image. */
const FLAGS = ['-zlz4hc,9', '-C65536', '-T0', '-U00000000-0000-0000-0000-62756c6b6864', '--all-root', '-Enoinline_data'];

/**
 * Makes the root image with trixie's own mkfs.erofs, run by trixie's own loader: nothing of this machine's
 * distribution takes part, and the result is the same on each.
 */
export async function makeErofs(packages: PackageTree, tree: string, output: string, cache: string): Promise<void> {
  const folder = join(cache, 'tools', 'erofs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = await packages.file('erofs-utils', '/usr/bin/mkfs.erofs');
  await collectLibraries(packages, program, program, folder);
  rmSync(output, { force: true });
  await run(join(folder, 'ld-linux-x86-64.so.2'), ['--library-path', folder, program.path, ...FLAGS, output, tree]);
}

async function collectLibraries(
  packages: PackageTree,
  program: Found,
  found: Found,
  folder: string,
  seen = new Set<string>(),
): Promise<void> {
  const elf = readElf(readFileSync(found.path), found.path);
  const names = [...(elf?.libraries ?? []), ...(elf?.interpreter === undefined ? [] : [basename(elf.interpreter)])];
  for (const soname of names) {
    if (seen.has(soname)) continue;
    seen.add(soname);
    const library = await packages.library(soname, [found.package, program.package], found.path);
    copyFileSync(library.path, join(folder, soname));
    await collectLibraries(packages, program, library, folder, seen);
  }
}
