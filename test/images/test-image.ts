import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Archive } from '../../image/debian/archive.ts';
import { digestOf } from '../../image/digest.ts';
import { PackageTree } from '../../image/tree/packages.ts';
import { clientImage } from './client.ts';
import { Contents } from './contents.ts';
import { dindImage } from './dind.ts';
import { type Recipe, writeImage } from './image-file.ts';
import { ryukImage } from './ryuk.ts';
import { sqliteImage } from './sqlite.ts';
import { systemdImage } from './systemd.ts';
import { toolsImage } from './tools.ts';

const CACHE = resolve(import.meta.dirname, '../../.cache');

export const testImageNames = ['tools', 'dind', 'systemd', 'client', 'sqlite', 'ryuk'] as const;
export type TestImageName = (typeof testImageNames)[number];

const recipes: Record<TestImageName, (contents: Contents) => Promise<Recipe>> = {
  tools: (contents) => toolsImage(contents, CACHE),
  dind: async (contents) => dindImage(contents, (await testImage('tools')).path),
  systemd: systemdImage,
  client: clientImage,
  sqlite: sqliteImage,
  ryuk: ryukImage,
};

export interface TestImage {
  /** a file for `docker load`, uncompressed */
  path: string;
  reference: string;
}

/**
 * An image for boot tests, built from Debian's packages when .cache/test-images/ does not have it.
 * @throws {ImageError} as an image build
 */
export async function testImage(name: TestImageName): Promise<TestImage> {
  const { archive, packages } = await debian();
  const recipe = await recipes[name](new Contents(archive, packages));
  const reference = `bulkhead-test/${name}:latest`;
  const folder = join(CACHE, 'test-images');
  const file = `${name}-${digestOf(inputs(recipe)).slice(0, 16)}.tar`;
  const path = join(folder, file);
  if (existsSync(path)) return { path, reference };
  mkdirSync(folder, { recursive: true });
  await writeImage(recipe, reference, path);
  const older = new RegExp(`^${name}-[0-9a-f]{16}\\.tar$`);
  for (const other of readdirSync(folder))
    if (other !== file && older.test(other)) rmSync(join(folder, other));
  return { path, reference };
}

let opened: Promise<{ archive: Archive; packages: PackageTree }> | undefined;

/** Debian's packages as an image build sees them. */
export function debian(): Promise<{ archive: Archive; packages: PackageTree }> {
  opened ??= Archive.open({ cache: CACHE, offline: false, refresh: false }).then((archive) => ({
    archive,
    packages: new PackageTree(archive, CACHE),
  }));
  return opened;
}

/** Files in the cache are named by the digest of the package or source that they are from. */
function inputs({ layers, config }: Recipe): string {
  const entries = layers.map((tree) =>
    tree.entries().map(([path, entry]) => {
      if (entry.kind !== 'file') return [path, entry];
      const { source, mode } = entry;
      return [path, mode, typeof source === 'string' ? relative(CACHE, source) : digestOf(source)];
    }),
  );
  return JSON.stringify([entries, config]);
}
