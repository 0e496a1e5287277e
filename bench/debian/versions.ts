import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage } from '../../host/machine/image.ts';
import * as z from '../../policy/zod.ts';
import { BenchError } from '../error.ts';
import type { SharedVersions } from './recipe.ts';

const lock = z.looseObject({ packages: z.array(z.looseObject({ name: z.string(), version: z.string() })) });

/** Reads from a built image what the Debian VM must have as well. @throws {BenchError} `image-missing` */
export async function sharedVersions(dist: string): Promise<SharedVersions> {
  const { manifest } = await readImage(dist);
  const { packages } = lock.parse(JSON.parse(await readFile(join(dist, 'packages.lock'), 'utf8')));
  const version = (name: string): string => {
    const found = packages.find((entry) => entry.name === name)?.version;
    if (found !== undefined) return found;
    throw new BenchError(
      'image-missing',
      `the image in ${dist} holds no ${name}`,
      'build it again: ./mkimage.sh',
    );
  };
  return {
    kernelRelease: manifest.kernelRelease,
    dockerd: version('docker.io'),
    containerd: version('containerd'),
  };
}
