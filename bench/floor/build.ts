import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Authority } from '../../host/certificates/authority.ts';
import type { MachineImage } from '../../host/machine/image.ts';
import { files } from '../../image/content.ts';
import { type CpioEntry, cpio } from '../../image/outputs/cpio.ts';
import { compile } from '../../image/outputs/native.ts';
import { run } from '../../image/run.ts';
import { makeServerCertificate } from '../debian/certificate.ts';
import { containerdConfiguration, daemonConfiguration } from './configuration.ts';

const [DIRECTORY, PROGRAM, FILE, LINK] = [0o040755, 0o100755, 0o100644, 0o120777];
/** Bytes of the data disk. Sparse. */
const DISK_SIZE = 8 * 2 ** 30;

/** Files of the VM whose init does the least; the rest is the image's own. */
export interface Floor {
  initramfs: string;
  /** A disk that never was booted: boot a copy. */
  disk: string;
}

/**
 * @param options.image the kernel, its modules and the root are taken from it
 * @param options.cache folder of its own
 * @param options.authority certifies its engine; its clients are let in
 */
export async function buildFloor(options: {
  image: MachineImage;
  cache: string;
  root: string;
  authority: Authority;
}): Promise<Floor> {
  const { image, cache, root, authority } = options;
  const floor: Floor = { initramfs: join(cache, 'initramfs.gz'), disk: join(cache, 'disk.ext4') };
  await mkdir(cache, { recursive: true });
  const init = await readFile(await compile(join(root, 'bench/floor/init.c'), cache));
  const { certificate, key, authority: ca } = await makeServerCertificate(authority);
  const texts = {
    'ca.pem': ca,
    'cert.pem': certificate,
    'key.pem': key,
    'daemon.json': JSON.stringify(daemonConfiguration),
    'containerd.toml': containerdConfiguration,
    modules: await engineModules(image, cache),
  };
  // the kernel unpacks one archive after the other: what comes later takes the place of what was there
  const own = cpio([
    { path: 'init', mode: PROGRAM, data: init },
    ...['floor', 'floor/path'].map((path): CpioEntry => ({ path, mode: DIRECTORY, data: Buffer.alloc(0) })),
    ...Object.entries(texts).map(
      ([name, text]): CpioEntry => ({ path: `floor/${name}`, mode: FILE, data: Buffer.from(text) }),
    ),
    ...programs().map(
      ([name, target]): CpioEntry => ({ path: `floor/path/${name}`, mode: LINK, data: Buffer.from(target) }),
    ),
  ]);
  const theirs = gunzipSync(await readFile(image.initramfs));
  await writeFile(floor.initramfs, gzipSync(Buffer.concat([theirs, own]), { level: 9 }));
  await run('truncate', ['--size', String(DISK_SIZE), floor.disk]);
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', floor.disk]);
  return floor;
}

/** Name in PATH → program of the image. */
function programs(): [string, string][] {
  const named = files.flatMap(({ exposed, from, to }) =>
    (exposed?.as ?? []).map((name): [string, string] => [name, to ?? from]),
  );
  // dockerd does not start without a runc for BuildKit (moby, builder/builder-next/executor_linux.go)
  const runtime = named
    .filter(([name]) => name === 'crun')
    .map(([, path]): [string, string] => ['runc', path]);
  return [...named, ...runtime];
}

/** What Bulkhead loads before dockerd starts, in its order; a path in the image a line. */
async function engineModules({ manifest, root }: MachineImage, cache: string): Promise<string> {
  const folder = `/usr/lib/modules/${manifest.kernelRelease}`;
  const tree = await mkdtemp(join(cache, 'tree-'));
  try {
    await run('fsck.erofs', [`--extract=${tree}`, '--overwrite', root]);
    const text = await readFile(join(tree, folder, 'load.json'), 'utf8');
    const lists = JSON.parse(text) as Record<'boot' | 'engine' | 'later', string[]>;
    return [...lists.boot, ...lists.engine, ...lists.later].map((path) => `${folder}/${path}\n`).join('');
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
