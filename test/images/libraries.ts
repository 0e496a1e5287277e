import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from '../../image/run.ts';
import type { Found, PackageTree } from '../../image/tree/packages.ts';

/**
 * Adds to `collected` every library that `user` needs, and those that they need, the loader among them: by the
 * name it is asked for. Read by readelf(1), since image/tree/elf.ts refuses the RUNPATH that systemd has.
 */
export async function collectLibraries(
  packages: PackageTree,
  user: Found,
  collected: Map<string, Found>,
  top: Found = user,
): Promise<void> {
  for (const soname of await needs(user.path)) {
    if (collected.has(soname)) continue;
    const library = await packages.library(soname, [user.package, top.package], user.path);
    collected.set(soname, library);
    await collectLibraries(packages, library, collected, top);
  }
}

async function needs(path: string): Promise<string[]> {
  if (!isElf(path)) return [];
  const text = (await run('readelf', ['--wide', '--dynamic', '--program-headers', path])).toString('utf8');
  const interpreter = /program interpreter: (\S+)\]/.exec(text)?.[1];
  return [
    ...[...text.matchAll(/\(NEEDED\)\s+Shared library: \[(.+)\]/g)].map(([, soname]) => soname ?? ''),
    ...(interpreter === undefined ? [] : [basename(interpreter)]),
  ];
}

function isElf(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(4);
    readSync(descriptor, start, 0, 4, 0);
    return start.equals(Buffer.from('\x7fELF', 'latin1'));
  } finally {
    closeSync(descriptor);
  }
}
