import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';
import { findMirrors, type MachineMirrors } from './apt-machine.ts';
import { type Paragraph, parseControl } from './control.ts';
import { download, downloadExact } from './download.ts';
import { hasGoodSignature, parseRelease } from './release.ts';
import { compareVersions } from './version.ts';

/** A package of the archive, as its signed index says. */
export interface Package {
  name: string;
  version: string;
  sha256: string;
  size: number;
  suite: Suite;
  /** path below the mirror */
  file: string;
  depends: string;
}

/** Only the kernel comes from backports. */
export const suites = ['trixie', 'trixie-security', 'trixie-backports'] as const;
export type Suite = (typeof suites)[number];

const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];
/** How long a fetched release file is used without asking again, milliseconds. */
const FRESH_MS = 24 * 60 * 60 * 1000;
const INDEX = 'main/binary-amd64/Packages.xz';

export interface ArchiveOptions {
  cache: string;
  offline: boolean;
  refresh: boolean;
}

/** Debian's packages, from release files whose signature was checked. */
export class Archive {
  readonly #mirrors: MachineMirrors;
  readonly #packages: ReadonlyMap<string, readonly Package[]>;
  readonly #options: ArchiveOptions;

  private constructor(mirrors: MachineMirrors, packages: ReadonlyMap<string, readonly Package[]>, options: ArchiveOptions) {
    this.#mirrors = mirrors;
    this.#packages = packages;
    this.#options = options;
  }

  static async open(options: ArchiveOptions): Promise<Archive> {
    const mirrors = await findMirrors(process.env);
    const lists = await Promise.all(suites.map((suite) => readSuite(suite, mirrorOf(suite, mirrors), options)));
    const packages = new Map<string, Package[]>();
    for (const entry of lists.flat()) packages.set(entry.name, [...(packages.get(entry.name) ?? []), entry]);
    return new Archive(mirrors, packages, options);
  }

  /** The newest version of a package. @throws {ImageError} `package-missing` */
  find(name: string, from: readonly Suite[] = ['trixie', 'trixie-security']): Package {
    const [newest] = [...(this.#packages.get(name) ?? [])]
      .filter(({ suite }) => from.includes(suite))
      .sort((a, b) => compareVersions(b.version, a.version));
    if (newest !== undefined) return newest;
    throw new ImageError('package-missing', `there is no package ${name} in ${from.join(', ')}`, 'correct image/content.ts');
  }

  has(name: string): boolean {
    return this.#packages.has(name);
  }

  /** The package's file in the cache, its hash checked. */
  async fetch(wanted: Package): Promise<string> {
    const path = join(this.#options.cache, 'debs', `${wanted.sha256}.deb`);
    const url = `${mirrorOf(wanted.suite, this.#mirrors)}/${wanted.file}`;
    await downloadExact(url, path, wanted.sha256, this.#options.offline);
    return path;
  }
}

function mirrorOf(suite: Suite, mirrors: MachineMirrors): string {
  return suite === 'trixie-security' ? mirrors.security : mirrors.main;
}

async function readSuite(suite: Suite, mirror: string, options: ArchiveOptions): Promise<Package[]> {
  const signed = join(options.cache, 'dists', `${suite}.InRelease`);
  const fresh = existsSync(signed) && Date.now() - statSync(signed).mtimeMs < FRESH_MS;
  if (options.offline && !existsSync(signed)) {
    throw new ImageError('offline', `the release file of ${suite} is not in the cache`, 'build without --offline once');
  }
  if (!options.offline && (!fresh || options.refresh)) await download(`${mirror}/dists/${suite}/InRelease`, signed);
  const release = parseRelease(await verified(signed, suite), suite, new Date());
  const index = release.files.get(INDEX);
  if (index === undefined) {
    throw new ImageError('release-malformed', `the release file of ${suite} lists no ${INDEX}`, 'use another mirror');
  }
  const packed = join(options.cache, 'dists', `${index.sha256}.Packages.xz`);
  await downloadExact(`${mirror}/dists/${suite}/${INDEX}`, packed, index.sha256, options.offline);
  const text = (await run('xz', ['-dc', packed])).toString('utf8');
  return parseControl(text).map((paragraph) => toPackage(paragraph, suite));
}

/** @returns the text that was signed, not the file that holds it. */
async function verified(path: string, suite: Suite): Promise<string> {
  const keyring = KEYRINGS.find((candidate) => existsSync(candidate));
  if (keyring === undefined) {
    throw new ImageError('keyring-missing', "Debian's archive keyring is not installed", 'apt-get install debian-archive-keyring');
  }
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-gpgv-'));
  try {
    const output = join(folder, 'signed');
    const args = ['--status-fd', '1', '--keyring', keyring, '--output', output, path];
    const status = (await run('gpgv', args).catch((error: unknown) => refused(suite, error))).toString('utf8');
    if (!hasGoodSignature(status)) refused(suite, status);
    return await readFile(output, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function refused(suite: Suite, cause: unknown): never {
  if (cause instanceof ImageError && cause.code === 'tool-missing') throw cause;
  const hint = 'use another mirror; if the keyring is old, upgrade debian-archive-keyring';
  throw new ImageError('signature-bad', `the release file of ${suite} is not signed by Debian`, hint, { cause });
}

function toPackage(paragraph: Paragraph, suite: Suite): Package {
  const field = (name: string): string => paragraph.get(name) ?? '';
  return {
    name: field('package'),
    version: field('version'),
    sha256: field('sha256'),
    size: Number(field('size')),
    suite,
    file: field('filename'),
    depends: [field('pre-depends'), field('depends')].filter((text) => text !== '').join(', '),
  };
}

/** Writes what went in, for `--locked`. */
export async function writeLock(path: string, packages: readonly Package[]): Promise<void> {
  const sorted = [...packages].sort((a, b) => a.name.localeCompare(b.name));
  await writeFile(path, `${JSON.stringify({ format: 1, packages: sorted }, null, 1)}\n`);
}
