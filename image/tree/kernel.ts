import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kernel, modules } from '../content.ts';
import type { Archive } from '../debian/archive.ts';
import type { Package } from '../debian/package.ts';
import { relatedNames } from '../debian/relation.ts';
import { compareVersions, upstreamVersion } from '../debian/version.ts';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';
import { moduleDependencies, moduleName } from './module-info.ts';
import type { PackageTree } from './packages.ts';

/** A kernel and the modules that the image needs, decompressed; signatures stay on them. */
export interface Kernel {
  release: string;
  package: Package;
  modulesPackage: Package;
  image: Buffer;
  /** Per group, in load order: path below /usr/lib/modules/RELEASE, without what an earlier group loads. */
  groups: Record<keyof typeof modules, string[]>;
  content: Map<string, Buffer>;
}

export async function readKernel(archive: Archive, packages: PackageTree, cache: string): Promise<Kernel> {
  const from = ['trixie-backports'] as const;
  const meta = archive.find(kernel.meta, from);
  if (compareVersions(upstreamVersion(meta.version), kernel.atLeast) < 0) {
    throw new ImageError(
      'kernel-too-old',
      `${kernel.meta} is ${meta.version}, needed is ${kernel.atLeast}`,
      'use a mirror that is up to date',
    );
  }
  const image = relatedNames(meta.depends).find((name) => name.startsWith('linux-image-'));
  const release = image?.slice('linux-image-'.length) ?? '';
  const binary = archive.find(`linux-binary-${release}`, from);
  const folder = `usr/lib/modules/${release}`;
  const binaryRoot = await packages.root(binary);
  const modulesPackage = archive.find(`linux-modules-${release}`, from);
  const moduleRoot = join(await packages.root(modulesPackage), folder);
  const unpackedRoot = join(cache, 'modules', modulesPackage.sha256);
  const builtin = readBuiltin(moduleRoot, join(binaryRoot, folder));
  const files = findModules(moduleRoot);
  const content = new Map<string, Buffer>();
  const loaded = new Set<string>();
  const groups: Kernel['groups'] = { initramfs: [], boot: [], engine: [], later: [] };
  for (const group of ['initramfs', 'boot', 'engine', 'later'] as const) {
    for (const name of modules[group])
      await visit(moduleName(name), groups[group], {
        files,
        builtin,
        content,
        loaded,
        moduleRoot,
        unpackedRoot,
      });
  }
  return {
    release,
    package: binary,
    modulesPackage,
    image: readFileSync(join(binaryRoot, folder, 'vmlinuz')),
    groups,
    content,
  };
}

interface Walk {
  files: ReadonlyMap<string, string>;
  builtin: ReadonlySet<string>;
  content: Map<string, Buffer>;
  loaded: Set<string>;
  moduleRoot: string;
  /** where decompressed ones are kept between builds */
  unpackedRoot: string;
}

/** Dependencies first, from the module's own `depends=` and soft ones from `softdep=pre:` (modinfo). */
async function visit(name: string, order: string[], walk: Walk): Promise<void> {
  if (walk.loaded.has(name) || walk.builtin.has(name)) return;
  walk.loaded.add(name);
  const file = walk.files.get(name);
  if (file === undefined) {
    throw new ImageError(
      'module-missing',
      `the kernel has no module ${name}`,
      'correct modules in image/content.ts',
    );
  }
  const data = await unpack(file, walk);
  for (const needed of moduleDependencies(data)) {
    if (needed.soft && !walk.files.has(needed.name)) continue;
    await visit(needed.name, order, walk);
  }
  const path = file.replace(/\.xz$/, '');
  walk.content.set(path, data);
  order.push(path);
}

async function unpack(file: string, { moduleRoot, unpackedRoot }: Walk): Promise<Buffer> {
  const packed = join(moduleRoot, file);
  if (!file.endsWith('.xz')) return readFileSync(packed);
  const kept = join(unpackedRoot, basename(file, '.xz'));
  if (existsSync(kept)) return readFileSync(kept);
  const data = await run('xz', ['-dc', packed]);
  mkdirSync(unpackedRoot, { recursive: true });
  writeFileSync(`${kept}.${process.pid}.part`, data);
  renameSync(`${kept}.${process.pid}.part`, kept);
  return data;
}

function findModules(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const name = /^(.*)\.ko(?:\.xz)?$/.exec(basename(entry))?.[1];
    if (name !== undefined) found.set(moduleName(name), entry);
  }
  return found;
}

function readBuiltin(...folders: string[]): Set<string> {
  for (const folder of folders) {
    if (!readdirSync(folder).includes('modules.builtin')) continue;
    const lines = readFileSync(join(folder, 'modules.builtin'), 'utf8').split('\n');
    return new Set(lines.map((line) => moduleName(basename(line, '.ko'))));
  }
  return new Set();
}
