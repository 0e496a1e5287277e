import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  certificates,
  directories,
  forbiddenNames,
  links,
  nodeLibraries,
  type PackagedFile,
  texts,
} from '../content.ts';
import type { Archive } from '../debian/archive.ts';
import type { Package } from '../debian/package.ts';
import { ImageError } from '../error.ts';
import { readElfFile } from './elf.ts';
import { originOf } from './origin.ts';
import type { Found, PackageTree } from './packages.ts';
import type { RootTree } from './root-tree.ts';

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';
const LOADER = '/usr/lib64/ld-linux-x86-64.so.2';

/** Puts the list of content.ts and all that it needs into `tree`. */
export async function fillRoot(
  tree: RootTree,
  archive: Archive,
  packages: PackageTree,
  nodePath: string,
  files: readonly PackagedFile[],
): Promise<void> {
  for (const [path, target] of Object.entries(links)) tree.add(path, { kind: 'link', target });
  for (const path of directories) tree.add(path, { kind: 'directory' });
  for (const [path, text] of Object.entries(texts)) tree.addText(path, text);
  for (const listed of files) await addListed(tree, packages, listed);
  await addCertificates(tree, archive, packages);
  for (const name of nodeLibraries) await packages.root(archive.find(name));
  await addLibraries(
    tree,
    packages,
    nodePath,
    '/usr/bin/node',
    nodeLibraries.map((name) => archive.find(name)),
  );
}

async function addListed(tree: RootTree, packages: PackageTree, listed: PackagedFile): Promise<void> {
  if (!listed.from.endsWith('/*')) {
    const found = await packages.file(listed.package, listed.from);
    await addFile(tree, packages, listed.to ?? listed.from, found);
    return;
  }
  const folder = dirname(listed.from);
  for (const name of await packages.list(listed.package, folder)) {
    const found = await packages.file(listed.package, `${folder}/${name}`);
    await addFile(tree, packages, `${listed.to ?? folder}/${name}`, found);
  }
}

async function addFile(
  tree: RootTree,
  packages: PackageTree,
  path: string,
  found: Found,
  users: readonly Package[] = [],
): Promise<void> {
  if (tree.has(path)) return;
  const mode = statSync(found.path).mode;
  if ((mode & 0o6000) !== 0) {
    throw new ImageError(
      'forbidden-content',
      `${path} is setuid or setgid`,
      'such a file must not be in the image',
    );
  }
  const executable = (mode & 0o111) !== 0;
  tree.add(path, {
    kind: 'file',
    source: found.path,
    mode: executable ? 0o755 : 0o644,
    origin: originOf(found.package),
  });
  await addLibraries(tree, packages, found.path, path, [found.package, ...users]);
}

/** The closure: every library that `file`, in the image `path`, needs, and what those need. */
async function addLibraries(
  tree: RootTree,
  packages: PackageTree,
  file: string,
  path: string,
  users: readonly Package[],
): Promise<void> {
  const elf = readElfFile(file);
  if (elf === undefined) return;
  if (elf.interpreter !== undefined && !tree.has(LOADER)) {
    const loader = await packages.library(basename(LOADER), users, path);
    tree.add(LOADER, { kind: 'file', source: loader.path, mode: 0o755, origin: originOf(loader.package) });
  }
  for (const soname of elf.libraries) {
    if (soname === basename(LOADER) || tree.has(`${LIBRARIES}/${soname}`)) continue;
    const found = await packages.library(soname, users, path);
    await addFile(tree, packages, `${LIBRARIES}/${soname}`, found, users);
  }
}

async function addCertificates(tree: RootTree, archive: Archive, packages: PackageTree): Promise<void> {
  const names = (await packages.list(certificates.package, certificates.from)).filter((name) =>
    name.endsWith('.crt'),
  );
  const parts: Buffer[] = [];
  for (const name of names) {
    parts.push(
      readFileSync((await packages.file(certificates.package, `${certificates.from}/${name}`)).path),
    );
  }
  const origin = originOf(archive.find(certificates.package));
  tree.add(certificates.to, { kind: 'file', source: Buffer.concat(parts), mode: 0o644, origin });
}

/** @throws {ImageError} `forbidden-content`: the promises of 'a VM with no way in', checked on what is there */
export function refuseForbidden(tree: RootTree, allowed: (path: string) => boolean = () => false): void {
  for (const [path, entry] of tree.entries()) {
    if (entry.kind === 'directory' || allowed(path)) continue;
    if (forbiddenNames.includes(basename(path))) {
      throw new ImageError(
        'forbidden-content',
        `${path} must not be in the image`,
        'see forbiddenNames in image/content.ts',
      );
    }
    const script = entry.kind === 'file' && (entry.mode & 0o111) !== 0 && beginning(entry.source) === '#!';
    if (script)
      throw new ImageError('forbidden-content', `${path} is a script`, 'there is nothing to run it');
  }
}

function beginning(source: string | Buffer): string {
  if (typeof source !== 'string') return source.toString('latin1', 0, 2);
  const descriptor = openSync(source, 'r');
  try {
    const bytes = Buffer.alloc(2);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, 2, 0));
  } finally {
    closeSync(descriptor);
  }
}
