import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, openAuthority } from '../../host/certificates/authority.ts';
import { makeDirectories } from '../../host/machine/directories.ts';
import { readImage } from '../../host/machine/image.ts';
import { takeLock } from '../../host/machine/lock.ts';
import { isolatedEnvironment, type MachinePaths, machinePaths } from '../../host/machine/paths.ts';
import { helloImage } from '../../image/hello/busybox-image.ts';
import { buildDebian } from '../debian/build.ts';
import { sharedVersions } from '../debian/versions.ts';
import { BenchError } from '../error.ts';
import { buildFloor } from '../floor/build.ts';
import { bulkheadContender } from './bulkhead.ts';
import { type Comparison, compare, order } from './comparison.ts';
import type { Contender } from './contender.ts';
import { debianContender } from './debian.ts';
import { floorContender } from './floor.ts';
import { hardware } from './hardware.ts';
import { type BootSample, measureBoot } from './sample.ts';

export interface BootBenchmark {
  /** Folder with a built image. */
  dist: string;
  /** The project's folder. */
  root: string;
  /** Folder for the reference VM and the VMs' disks; kept. */
  cache: string;
  /** Measured boots of each, besides the first one of a new disk. */
  runs: number;
  /** Whether the Debian VM is built even if there is one. */
  rebuild: boolean;
  say(line: string): void;
}

export interface BootResult {
  comparison: Comparison;
  samples: BootSample[];
}

/** @throws {BenchError}, {@link HostError} `locked` while another one runs, or what building and booting throw */
export async function runBootBenchmark(options: BootBenchmark): Promise<BootResult> {
  const { dist, cache } = options;
  if (!existsSync(join(dist, 'manifest.json'))) {
    throw new BenchError('image-missing', `there is no image in ${dist}`, 'build it: ./mkimage.sh');
  }
  const folder = join(cache, 'machines');
  await mkdir(cache, { recursive: true });
  // Two benchmarks at a time would share disks, and slow each other down.
  const lock = await takeLock(join(cache, 'lock'));
  try {
    return await compareBoots(options, folder);
  } finally {
    await lock.release();
  }
}

async function compareBoots(options: BootBenchmark, folder: string): Promise<BootResult> {
  const { dist, say } = options;
  const contenders = {
    bulkhead: bulkheadContender({ dist, folder, hardware }),
    debian: await prepareDebian(options, folder),
    floor: await prepareFloor(options, folder),
  };
  const image = { file: join(dist, 'hello.tar'), reference: helloImage.reference };
  const samples: BootSample[] = [];
  for (const contender of Object.values(contenders)) await contender.reset();
  for (const [index, name] of order(options.runs).entries()) {
    const sample = await measureBoot(contenders[name], image, hardware.deadline);
    samples.push(sample);
    const round = Math.floor(index / Object.keys(contenders).length);
    const which = round === 0 ? 'first boot' : `boot ${round} of ${options.runs}`;
    say(`${name.padEnd(8)}  ${which}: ready after ${(sample.ready / 1000).toFixed(1)} s`);
  }
  return { comparison: compare(samples), samples };
}

async function prepareDebian(
  { dist, cache, rebuild, say }: BootBenchmark,
  folder: string,
): Promise<Contender> {
  const { paths, authority } = await machineOf('debian', folder);
  const versions = await sharedVersions(dist);
  const image = await buildDebian({ versions, authority, cache: join(cache, 'debian'), rebuild, say });
  return debianContender({ image, paths, unused: join(dist, 'root.erofs'), hardware });
}

async function prepareFloor({ dist, root, cache }: BootBenchmark, folder: string): Promise<Contender> {
  const { paths, authority } = await machineOf('floor', folder);
  const image = await readImage(dist);
  const floor = await buildFloor({ image, root, authority, cache: join(cache, 'floor') });
  return floorContender({ floor, image, paths, hardware });
}

async function machineOf(
  name: string,
  folder: string,
): Promise<{ paths: MachinePaths; authority: Authority }> {
  const paths = machinePaths(name, isolatedEnvironment(folder));
  await makeDirectories(paths);
  return { paths, authority: await openAuthority(paths.authority, { name }) };
}
