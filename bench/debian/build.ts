import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Authority } from '../../host/certificates/authority.ts';
import { findMirrors } from '../../image/debian/apt-machine.ts';
import { digestOf } from '../../image/digest.ts';
import { run } from '../../image/run.ts';
import { BenchError } from '../error.ts';
import { makeServerCertificate } from './certificate.ts';
import {
  DISK_SIZE,
  LABEL,
  mmdebstrapArguments,
  packageNames,
  type SharedVersions,
  treeFiles,
} from './recipe.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** An older reference is built anew, milliseconds: its certificate ends, and its packages have successors. */
const MAX_AGE = 30 * 24 * 3_600_000;

/** Files of the reference VM. */
export interface DebianImage {
  kernel: string;
  initramfs: string;
  /** A disk that never was booted: boot a copy. */
  disk: string;
}

/**
 * Builds the reference VM, or takes it from `cache`.
 * @param options.cache folder of its own
 * @param options.authority certifies its engine; its clients are let in
 * @throws {BenchError} `not-root`, `build-failed`
 */
export async function buildDebian(options: {
  versions: SharedVersions;
  authority: Authority;
  cache: string;
  rebuild: boolean;
  say(line: string): void;
}): Promise<DebianImage> {
  const { versions, authority, cache, say } = options;
  const image: DebianImage = {
    kernel: join(cache, 'vmlinuz'),
    initramfs: join(cache, 'initrd.img'),
    disk: join(cache, 'disk.ext4'),
  };
  const certificate = await makeServerCertificate(authority);
  // All of the recipe but the key, which is another one each time.
  const recipe = treeFiles({ ...certificate, certificate: '', key: '' });
  const key = digestOf(JSON.stringify([packageNames(versions), recipe, DISK_SIZE]));
  const stamp = join(cache, 'stamp.json');
  if (!options.rebuild && (await isCurrent(stamp, key))) return image;
  if (process.getuid?.() !== 0) {
    throw new BenchError(
      'not-root',
      'building the Debian VM takes root',
      'run it as root, or with sudo, this once',
    );
  }
  await rm(stamp, { force: true });
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'build-'));
  try {
    const tree = join(scratch, 'tree');
    say('Debian VM: packages (mmdebstrap)');
    await command(
      'mmdebstrap',
      mmdebstrapArguments({ versions, mirrors: await findMirrors(process.env), keyring: KEYRING, tree }),
    );
    await configure(tree, certificate);
    say('Debian VM: initramfs and disk');
    await command('chroot', [tree, 'update-initramfs', '-u', '-k', versions.kernelRelease]);
    await makeDisk(tree, join(scratch, 'disk'));
    await rename(join(scratch, 'disk'), image.disk);
    await copyFile(join(tree, 'boot', `vmlinuz-${versions.kernelRelease}`), image.kernel);
    await copyFile(join(tree, 'boot', `initrd.img-${versions.kernelRelease}`), image.initramfs);
    await writeFile(stamp, JSON.stringify({ key, builtAt: Date.now() }));
    return image;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function configure(tree: string, certificate: Parameters<typeof treeFiles>[0]): Promise<void> {
  for (const { path, text, mode } of treeFiles(certificate)) {
    const target = join(tree, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    await chmod(target, mode);
  }
  // Without an id systemd takes the boot for the first one ever and goes through all units' presets.
  await rm(join(tree, 'etc/machine-id'), { force: true });
  await command('chroot', [tree, 'systemd-machine-id-setup']);
  await command('chroot', [tree, 'systemctl', 'enable', 'systemd-networkd.service']);
}

async function makeDisk(tree: string, path: string): Promise<void> {
  const leftovers = await readdir(join(tree, 'proc'));
  if (leftovers.length > 0)
    throw new BenchError('build-failed', `${tree}/proc is mounted`, 'unmount it, and try again');
  await command('mke2fs', ['-q', '-t', 'ext4', '-L', LABEL, '-d', tree, path, `${DISK_SIZE / 1024}k`]);
}

async function isCurrent(stamp: string, key: string): Promise<boolean> {
  if (!existsSync(stamp)) return false;
  const found = JSON.parse(await readFile(stamp, 'utf8')) as { key?: unknown; builtAt?: unknown };
  return found.key === key && typeof found.builtAt === 'number' && Date.now() - found.builtAt < MAX_AGE;
}

async function command(program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args);
  } catch (cause) {
    const hint = cause instanceof Error && 'hint' in cause ? String(cause.hint) : 'see the cause';
    throw new BenchError('build-failed', `the Debian VM cannot be built: ${program} failed`, hint, { cause });
  }
}
