import { readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Archive } from '../../image/debian/archive.ts';
import { run } from '../../image/run.ts';
import { collectLibraries } from '../../image/tree/libraries.ts';
import { originOf, ours } from '../../image/tree/origin.ts';
import type { Found, PackageTree } from '../../image/tree/packages.ts';
import { RootTree } from '../../image/tree/root-tree.ts';
import { needs } from './libraries.ts';

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';

/** One layer of a container image: files of Debian's packages with what they need, and files of ours. */
export class Contents {
  readonly tree = new RootTree();
  readonly packages: PackageTree;
  readonly archive: Archive;
  readonly #libraries = new Map<string, Found>();

  constructor(archive: Archive, packages: PackageTree) {
    this.archive = archive;
    this.packages = packages;
  }

  /** A file of a package, by default where the package has it, and the libraries that it needs. */
  async add(name: string, from: string, to = from): Promise<void> {
    await this.#addFound(to, await this.packages.file(name, from));
  }

  /** All files of a package's folder whose path below it is wanted, with their libraries; its links as links. */
  async addFolder(name: string, folder: string, wanted: (path: string) => boolean): Promise<void> {
    const from = this.archive.find(name);
    const root = await this.packages.root(from);
    const found = await run('find', [
      join(root, folder),
      '(',
      '-type',
      'f',
      '-o',
      '-type',
      'l',
      ')',
      '-print0',
    ]);
    for (const full of found.toString('utf8').split('\0').sort()) {
      const path = full.slice(root.length);
      if (full === '' || !wanted(path.slice(folder.length + 1))) continue;
      const link = linkTarget(full);
      if (link === undefined) await this.#addFound(path, { path: full, package: from });
      else this.tree.add(path, { kind: 'link', target: link });
    }
  }

  /** Debian's static busybox with a link for each applet, all in `folder`. */
  async addBusybox(folder: string): Promise<void> {
    const busybox = await this.packages.file('busybox-static', '/usr/bin/busybox');
    await this.#addFound(`${folder}/busybox`, busybox);
    const applets = (await run(busybox.path, ['--list'])).toString('utf8').trim().split('\n');
    for (const applet of applets) {
      const path = `${folder}/${applet}`;
      if (applet !== 'busybox' && !this.tree.has(path))
        this.tree.add(path, { kind: 'link', target: 'busybox' });
    }
  }

  addText(path: string, text: string, mode = 0o644): void {
    this.tree.add(path, { kind: 'file', source: Buffer.from(text), mode, origin: ours });
  }

  addLinks(links: Readonly<Record<string, string>>): void {
    for (const [path, target] of Object.entries(links)) this.tree.add(path, { kind: 'link', target });
  }

  addDirectories(...paths: readonly string[]): void {
    for (const path of paths) this.tree.add(path, { kind: 'directory' });
  }

  async #addFound(path: string, found: Found): Promise<void> {
    this.#put(path, found);
    const known = new Set(this.#libraries.keys());
    await collectLibraries(this.packages, found, this.#libraries, needs);
    for (const [soname, library] of this.#libraries) {
      if (!known.has(soname)) this.#put(placeOf(soname, library), library);
    }
  }

  #put(path: string, found: Found): void {
    const mode = statSync(found.path).mode & 0o111 ? 0o755 : 0o644;
    this.tree.add(path, { kind: 'file', source: found.path, mode, origin: originOf(found.package) });
  }
}

/** The merged /usr of Debian, and what a container's root must have. */
export const usrLinks = { '/bin': 'usr/bin', '/sbin': 'usr/sbin', '/lib': 'usr/lib', '/lib64': 'usr/lib64' };
export const rootFolders = ['/dev', '/proc', '/sys', '/run', '/tmp', '/root', '/mnt', '/var/tmp', '/var/lib'];

/** Where the loader looks: its own folder, or systemd's RUNPATH. */
function placeOf(soname: string, { path }: Found): string {
  if (soname.startsWith('ld-linux')) return `/usr/lib64/${soname}`;
  return basename(dirname(path)) === 'systemd' ? `${LIBRARIES}/systemd/${soname}` : `${LIBRARIES}/${soname}`;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return undefined; // no link (readlink(2))
    throw error;
  }
}
