import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Archive } from '../debian/archive.ts';
import type { Package } from '../debian/package.ts';
import { relatedNames } from '../debian/relation.ts';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';

/** A file of a package: where it is on this machine, and whose it is. */
export interface Found {
  /** on this machine, links followed */
  path: string;
  package: Package;
}

const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/x86_64-linux-gnu/systemd',
];

/** Unpacked packages, fetched when something of them is asked for. */
export class PackageTree {
  readonly #archive: Archive;
  readonly #cache: string;
  readonly #roots = new Map<string, Promise<string>>();

  constructor(archive: Archive, cache: string) {
    this.#archive = archive;
    this.#cache = cache;
  }

  async root(wanted: Package): Promise<string> {
    const known = this.#roots.get(wanted.sha256);
    if (known !== undefined) return known;
    const unpacking = this.#unpack(wanted);
    this.#roots.set(wanted.sha256, unpacking);
    return unpacking;
  }

  /** @throws {ImageError} `file-missing` */
  async file(name: string, path: string): Promise<Found> {
    const wanted = this.#archive.find(name);
    const found = await this.#look(wanted, path);
    if (found !== undefined) return found;
    throw new ImageError(
      'file-missing',
      `${name} ${wanted.version} has no ${path}`,
      'correct image/content.ts',
    );
  }

  async list(name: string, folder: string): Promise<string[]> {
    const root = await this.root(this.#archive.find(name));
    return readdirSync(join(root, folder)).sort();
  }

  /**
   * The library `soname` that a file needs: in the first of `users`, or in what they depend on, nearest first.
   * @param users the file's package, then those that brought it in: a library's package does not always say
   * what its users' packages depend on anyway
   */
  async library(soname: string, users: readonly Package[], neededBy: string): Promise<Found> {
    const seen = new Set<string>();
    let level = users.map(({ name }) => name);
    while (level.length > 0) {
      const next: string[] = [];
      for (const name of level) {
        if (seen.has(name) || !this.#archive.has(name)) continue;
        seen.add(name);
        const user = users.find((candidate) => candidate.name === name);
        if (user === undefined && !/^lib|^zlib/.test(name)) continue; // programs hold no libraries for others
        const candidate = user ?? this.#archive.find(name);
        const found = await this.#lookInFolders(candidate, soname);
        if (found !== undefined) return found;
        next.push(...relatedNames(candidate.depends));
      }
      level = next;
    }
    throw new ImageError(
      'library-missing',
      `${neededBy} needs ${soname}, which no package that ${users[0]?.name} depends on has`,
      'add its package to image/content.ts',
    );
  }

  async #lookInFolders(wanted: Package, soname: string): Promise<Found | undefined> {
    for (const folder of LIBRARY_FOLDERS) {
      const found = await this.#look(wanted, `${folder}/${soname}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #look(wanted: Package, path: string): Promise<Found | undefined> {
    const root = await this.root(wanted);
    const real = follow(root, path);
    if (real === undefined) return undefined;
    return { path: real, package: wanted };
  }

  async #unpack(wanted: Package): Promise<string> {
    const root = join(this.#cache, 'unpacked', wanted.sha256);
    if (existsSync(root)) return root;
    const deb = await this.#archive.fetch(wanted);
    const partial = `${root}.${process.pid}.part`;
    await mkdir(partial, { recursive: true });
    await run('dpkg-deb', ['-x', deb, partial]);
    await rename(partial, root).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await rm(partial, { recursive: true }); // another build was faster
    });
    return root;
  }
}

/** Resolves links within an unpacked package, so that none leads to this machine's own files. */
function follow(root: string, path: string, depth = 0): string | undefined {
  const candidates = [path, path.replace(/^\/usr\//, '/'), `/usr${path}`];
  for (const candidate of candidates) {
    const full = join(root, candidate);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (!stat.isSymbolicLink()) return full;
    const target = readlinkSync(full);
    const next = target.startsWith('/') ? target : resolve(dirname(candidate), target);
    return depth < 8 ? follow(root, next, depth + 1) : undefined;
  }
  return undefined;
}
