import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kernel, modules } from '../content.ts';
import type { Archive, Package } from '../debian/archive.ts';
import { relatedNames } from '../debian/relation.ts';
import { compareVersions, upstreamVersion } from '../debian/version.ts';
import { ImageError } from '../error.ts';
import { run } from '../run.ts';
import type { PackageTree } from './packages.ts';

/** A kernel and the modules that the image needs, decompressed; signatures stay on them. */
export interface Kernel {
  release: string;
  package: Package;
  image: Buffer;
  /** Per group, in load order: path below /usr/lib/modules/RELEASE, without what an earlier group loads. */
  groups: Record<keyof typeof modules, string[]>;
  content: Map<string, Buffer>;
}

export async function readKernel(archive: Archive, packages: PackageTree): Promise<Kernel> {
  const from = ['trixie-backports'] as const;
  const meta = archive.find(kernel.meta, from);
  if (compareVersions(upstreamVersion(meta.version), kernel.atLeast) < 0) {
    throw new ImageError('kernel-too-old', `${kernel.meta} is ${meta.version}, needed is ${kernel.atLeast}`, 'use a mirror that is up to date');
  }
  const image = relatedNames(meta.depends).find((name) => name.startsWith('linux-image-'));
  const release = image?.slice('linux-image-'.length) ?? '';
  const binary = archive.find(`linux-binary-${release}`, from);
  const folder = `usr/lib/modules/${release}`;
  const binaryRoot = await packages.root(binary);
  const moduleRoot = join(await packages.root(archive.find(`linux-modules-${release}`, from)), folder);
  const builtin = readBuiltin(moduleRoot, join(binaryRoot, folder));
  const files = findModules(moduleRoot);
  const content = new Map<string, Buffer>();
  const loaded = new Set<string>();
  const groups = { initramfs: [] as string[], boot: [] as string[], engine: [] as string[] };
  for (const group of ['initramfs', 'boot', 'engine'] as const) {
    for (const name of modules[group]) await visit(normal(name), groups[group], { files, builtin, content, loaded, moduleRoot });
  }
  return { release, package: binary, image: readFileSync(join(binaryRoot, folder, 'vmlinuz')), groups, content };
}

interface Walk {
  files: ReadonlyMap<string, string>;
  builtin: ReadonlySet<string>;
  content: Map<string, Buffer>;
  loaded: Set<string>;
  moduleRoot: string;
}

/** Dependencies first, from the module's own `depends=` and soft ones from `softdep=pre:` (modinfo). */
async function visit(name: string, order: string[], walk: Walk): Promise<void> {
  if (walk.loaded.has(name) || walk.builtin.has(name)) return;
  walk.loaded.add(name);
  const file = walk.files.get(name);
  if (file === undefined) {
    throw new ImageError('module-missing', `the kernel has no module ${name}`, 'correct modules in image/content.ts');
  }
  const packed = join(walk.moduleRoot, file);
  const data = file.endsWith('.xz') ? await run('xz', ['-dc', packed]) : readFileSync(packed);
  for (const needed of dependencies(data)) {
    if (needed.soft && !walk.files.has(needed.name)) continue;
    await visit(needed.name, order, walk);
  }
  const path = file.replace(/\.xz$/, '');
  walk.content.set(path, data);
  order.push(path);
}

function dependencies(module: Buffer): { name: string; soft: boolean }[] {
  const text = module.toString('latin1');
  const hard = (/\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '').split(',');
  const soft = (/\0softdep=pre: ([^\0]*?)(?: post:[^\0]*)?\0/.exec(text)?.[1] ?? '').split(' ');
  return [
    ...hard.filter((name) => name !== '').map((name) => ({ name: normal(name), soft: false })),
    ...soft.filter((name) => /^[\w-]+$/.test(name)).map((name) => ({ name: normal(name), soft: true })),
  ];
}

function normal(name: string): string {
  return name.replaceAll('-', '_');
}

function findModules(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const name = /^(.*)\.ko(?:\.xz)?$/.exec(basename(entry))?.[1];
    if (name !== undefined) found.set(normal(name), entry);
  }
  return found;
}

function readBuiltin(...folders: string[]): Set<string> {
  for (const folder of folders) {
    if (!readdirSync(folder).includes('modules.builtin')) continue;
    const lines = readFileSync(join(folder, 'modules.builtin'), 'utf8').split('\n');
    return new Set(lines.map((line) => normal(basename(line, '.ko'))));
  }
  return new Set();
}
