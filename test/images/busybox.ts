import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Archive } from '../../image/debian/archive.ts';
import { digestOf } from '../../image/digest.ts';
import { type BusyboxImage, busyboxImage as render } from '../../image/hello/busybox-image.ts';
import { PackageTree } from '../../image/tree/packages.ts';

const project = resolve(import.meta.dirname, '../..');

/** A container image for tests, as a file for `docker load`. */
export interface TestImage {
  reference: string;
  /** docker-archive */
  file: string;
}

/** A shell with busybox's usual applets, from Debian's busybox-static. */
export const testBusybox: BusyboxImage = { reference: 'bulkhead-test/busybox:latest', command: ['sh'] };

/**
 * Renders an image around the busybox of the signed archive, in the build's cache; a second call finds it there.
 * @throws {ImageError} what fetching the package throws
 */
export async function busyboxImage(
  image: BusyboxImage = testBusybox,
  cache: string = resolve(process.env.BULKHEAD_CACHE ?? join(project, '.cache')),
): Promise<TestImage> {
  const archive = await Archive.open({ cache, offline: false, refresh: false });
  const { path } = await new PackageTree(archive, cache).file('busybox-static', '/usr/bin/busybox');
  const tar = render(await readFile(path), image);
  const folder = join(cache, 'test-images');
  const file = join(folder, `${digestOf(tar)}.tar`);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    const partial = `${file}.${process.pid}.part`;
    await writeFile(partial, tar);
    await rename(partial, file);
  }
  return { reference: image.reference, file };
}
