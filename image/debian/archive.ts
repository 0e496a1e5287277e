import { existsSync, statSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';
import { findMirrors, type MachineMirrors } from './apt-machine.ts';
import { download, downloadExact } from './download.ts';
import { readLock } from './lock.ts';
import { type Package, type Suite, suites } from './package.ts';
import { condense, PackageIndex } from './package-index.ts';
import { parseRelease, type Release } from './release.ts';
import { readSigned } from './signed-release.ts';
import { compareVersions } from './version.ts';

/** How long a fetched release file is used without asking again, milliseconds. */
const FRESH_MS = 24 * 60 * 60 * 1000;
const INDEX = 'main/binary-amd64/Packages.xz';

export interface ArchiveOptions {
  cache: string;
  offline: boolean;
  refresh: boolean;
  /** a `packages.lock`: exactly those packages, whatever the archive has now */
  locked?: string;
}

/** Debian's packages, from release files whose signature was checked, or from a lock. */
export class Archive {
  readonly #versions: (name: string) => readonly Package[];
  readonly #options: ArchiveOptions;
  readonly #asked = new Map<string, Package>();
  #mirrors: Promise<MachineMirrors> | undefined;

  private constructor(versions: (name: string) => readonly Package[], options: ArchiveOptions) {
    this.#versions = versions;
    this.#options = options;
  }

  static async open(options: ArchiveOptions): Promise<Archive> {
    if (options.locked !== undefined) {
      const packages = await readLock(options.locked);
      return new Archive((name) => packages.filter((each) => each.name === name), options);
    }
    const indexes = await Promise.all(suites.map((suite) => readSuite(suite, options)));
    return new Archive((name) => indexes.flatMap((index) => index.all(name)), options);
  }

  /** Every package that was asked for: a build from these alone gives the same image. */
  get asked(): Package[] {
    return [...this.#asked.values()];
  }

  /** The newest version of a package. @throws {ImageError} `package-missing` */
  find(name: string, from: readonly Suite[] = ['trixie', 'trixie-security']): Package {
    const [newest] = this.#versions(name)
      .filter(({ suite }) => from.includes(suite))
      .sort((a, b) => compareVersions(b.version, a.version));
    if (newest === undefined) {
      throw new ImageError(
        'package-missing',
        `there is no package ${name} in ${from.join(', ')}`,
        'correct image/content.ts',
      );
    }
    this.#asked.set(name, newest);
    return newest;
  }

  has(name: string): boolean {
    return this.#versions(name).length > 0;
  }

  /** The package's file in the cache, its hash checked. */
  async fetch(wanted: Package): Promise<string> {
    const { cache, offline } = this.#options;
    const path = join(cache, 'debs', `${wanted.sha256}.deb`);
    this.#mirrors ??= findMirrors(process.env);
    const url = `${mirrorOf(wanted.suite, await this.#mirrors)}/${wanted.file}`;
    await downloadExact(url, path, wanted.sha256, offline);
    return path;
  }
}

function mirrorOf(suite: Suite, mirrors: MachineMirrors): string {
  return suite === 'trixie-security' ? mirrors.security : mirrors.main;
}

async function readSuite(suite: Suite, options: ArchiveOptions): Promise<PackageIndex> {
  const release = await readRelease(suite, options);
  const entry = release.files.get(INDEX);
  if (entry === undefined) {
    throw new ImageError(
      'release-malformed',
      `the release file of ${suite} lists no ${INDEX}`,
      'use another mirror',
    );
  }
  const condensed = join(options.cache, 'dists', `${entry.sha256}.index`);
  if (!existsSync(condensed)) {
    const packed = join(options.cache, 'dists', `${entry.sha256}.Packages.xz`);
    const folder = `dists/${suite}/main/binary-amd64`;
    // by its hash, a list stays where it is while the mirror takes in the next one
    const path = release.byHash ? `${folder}/by-hash/SHA256/${entry.sha256}` : `dists/${suite}/${INDEX}`;
    const url = options.offline ? path : `${mirrorOf(suite, await findMirrors(process.env))}/${path}`;
    await downloadExact(url, packed, entry.sha256, options.offline);
    await writeFile(
      `${condensed}.${process.pid}.part`,
      condense((await run('xz', ['-dc', packed])).toString('utf8')),
    );
    await rename(`${condensed}.${process.pid}.part`, condensed);
  }
  return new PackageIndex(await readFile(condensed, 'utf8'), suite);
}

/** The release file in the cache, or a new one: kept only when its signature holds and it is not out of date. */
async function readRelease(suite: Suite, options: ArchiveOptions): Promise<Release> {
  const kept = join(options.cache, 'dists', `${suite}.InRelease`);
  const fetchedAt = statSync(kept, { throwIfNoEntry: false })?.mtime;
  if (options.offline && fetchedAt === undefined) {
    throw new ImageError(
      'offline',
      `the release file of ${suite} is not in the cache`,
      'build without --offline once',
    );
  }
  const fresh = fetchedAt !== undefined && Date.now() - fetchedAt.getTime() < FRESH_MS && !options.refresh;
  // An old file that is used again must have been valid when the mirror gave it.
  if (fetchedAt !== undefined && (fresh || options.offline))
    return parseRelease(await readSigned(kept, suite), suite, fetchedAt);
  const coming = `${kept}.new`;
  try {
    await download(`${mirrorOf(suite, await findMirrors(process.env))}/dists/${suite}/InRelease`, coming);
    const release = parseRelease(await readSigned(coming, suite), suite, new Date());
    await rename(coming, kept);
    return release;
  } finally {
    await rm(coming, { force: true });
  }
}
