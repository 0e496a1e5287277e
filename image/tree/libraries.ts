import type { Found, PackageTree } from './packages.ts';

/**
 * Adds to `collected` every library that `user` needs, and those that they need, the loader among them, by the name that
 * it is asked for.
 * @param needs names of what an ELF file is linked with; none for other files
 * @param top the program that all are for: its package may depend on what a library's does not
 */
export async function collectLibraries(
  packages: PackageTree,
  user: Found,
  collected: Map<string, Found>,
  needs: (path: string) => readonly string[] | Promise<readonly string[]>,
  top: Found = user,
): Promise<void> {
  for (const soname of await needs(user.path)) {
    if (collected.has(soname)) continue;
    const library = await packages.library(soname, [user.package, top.package], user.path);
    collected.set(soname, library);
    await collectLibraries(packages, library, collected, needs, top);
  }
}
