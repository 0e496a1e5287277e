import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readMembers } from '../../policy/initramfs/members.ts';
import { executablesManifest } from '../../policy/manifest/executables.ts';
import { artefactNames, type ReleaseManifest } from '../../policy/manifest/release.ts';
import { keyName, parsePublicKey } from '../../policy/minisign/public-key.ts';
import { verifyUefi } from '../../policy/secure-boot/authenticode.ts';
import { sectionOf } from '../../policy/secure-boot/pe.ts';
import { readTail, treeOfFile } from '../../policy/verity/file.ts';
import { BLOCK, treeSize } from '../../policy/verity/tree.ts';
import { findVerity } from '../../policy/verity/word.ts';
import { checkContent, readManifest, readPart } from '../machine/image.ts';
import { explainKeyStep, imageKeys, judgeImageKey, type SignedImage } from '../machine/image-keys.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { loadJson } from '../machine/store.ts';

/** One link of the chain of trust: what was looked at, and whether it holds. */
export interface Link {
  name: string;
  ok: boolean;
  /** what was found, or what is wrong */
  detail: string;
}

/** What the later links are checked against. */
interface Image {
  folder: string;
  manifest: ReleaseManifest;
  file(part: keyof ReleaseManifest['artefacts']): string;
}

type Check = (image: Image) => Promise<string> | string;

/** A broken link, in words. */
class Broken extends Error {}

const checks: readonly (readonly [string, Check])[] = [
  ...artefactNames.map((part) => [`file ${part}`, (image: Image) => checkFile(image, part)] as const),
  ['command line', commandLine],
  ['root hash', rootHash],
  ['kernel image', kernelImage],
  ['Secure Boot', secureBoot],
  ['boot disk', bootDisk],
  ['executables', executables],
];

/**
 * Checks a built image from the public key to the list of executables, each link by itself where the ones before it
 * allow that. Never throws for an image that is broken.
 * @param options.publicKey minisign key file; default: `bulkhead.pub` beside the image, which proves nothing by itself
 * @param options.vm its keys must allow for this one, as `up` asks; without, that is left out
 */
export async function verifyChain(
  folder: string,
  options: { publicKey?: string | undefined; vm?: MachinePaths | undefined } = {},
): Promise<Link[]> {
  const links: Link[] = [];
  const add = async (name: string, check: () => Promise<string> | string): Promise<boolean> => {
    const link = await attempt(name, check);
    links.push(link);
    return link.ok;
  };
  let signed: (SignedImage & { manifest: ReleaseManifest }) | undefined;
  const keyFile = options.publicKey ?? join(folder, 'bulkhead.pub');
  const holds =
    (await add('public key', () => publicKey(keyFile, options.publicKey !== undefined))) &&
    (await add('signature', async () => {
      signed = await readManifest(folder, keyFile);
      return describe(signed.manifest);
    }));
  // Without a signature that holds, the manifest is anybody's, and what it says of the rest shows nothing.
  if (!holds || signed === undefined) return links;
  const image = imageOf(folder, signed.manifest);
  const { vm } = options;
  const by: SignedImage = signed;
  if (vm !== undefined) await add('image key', () => imageKey(by, vm));
  for (const [name, check] of checks) await add(name, () => check(image));
  return links;
}

function imageOf(folder: string, manifest: ReleaseManifest): Image {
  return { folder, manifest, file: (part) => join(folder, manifest.artefacts[part].file) };
}

async function attempt(name: string, check: () => Promise<string> | string): Promise<Link> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function publicKey(path: string, given: boolean): Promise<string> {
  const text = await readPart(path, `the public key is missing: ${path}`);
  const id = keyName(parsePublicKey(text.toString('utf8')));
  return given
    ? `${id}, from ${path}`
    : `${id}, beside the image: whoever can change one can change both (--key)`;
}

/** Whether the VM would take an image with this key, and why: how keys change hands. */
async function imageKey(signed: SignedImage, { name, imageKeys: file }: MachinePaths): Promise<string> {
  const { step, keys } = judgeImageKey(await loadJson(file, imageKeys), signed, file);
  return explainKeyStep(step, `the VM '${name}'`, keys);
}

function describe({ version, signing, flavour }: ReleaseManifest): string {
  const key = signing === 'release' ? 'release key' : 'DEVELOPMENT KEY of the machine that built it';
  return `manifest.json, Bulkhead ${version}, ${key}${flavour === 'product' ? '' : `, ${flavour} FLAVOUR: NOT FOR USE`}`;
}

async function checkFile(
  { file, manifest }: Image,
  part: keyof ReleaseManifest['artefacts'],
): Promise<string> {
  const { sha256, size } = manifest.artefacts[part];
  await checkContent(file(part), sha256, size);
  return `${manifest.artefacts[part].file}, sha256 ${sha256.slice(0, 16)}…`;
}

/** Stage 0 compares the one it was built with: they must be the same, or the boot ends there. */
async function commandLine({ file, manifest }: Image): Promise<string> {
  const members = readMembers(gunzipSync(await readFile(file('initramfs'))));
  const expected = members
    .find(({ path }) => path === 'command-line')
    ?.data.toString('utf8')
    .trim();
  if (expected !== manifest.commandLine) throw new Broken('the initramfs expects another command line');
  return manifest.commandLine.replace(/ ?bulkhead\.verity=\S+/, ', with the root hash');
}

function rootHash({ file, manifest }: Image): string {
  const root = findVerity(manifest.commandLine);
  if (root === undefined) throw new Broken('the signed command line names no root hash');
  const { tree, rootHash: found } = treeOfFile(file('root'), root.dataBlocks, Buffer.from(root.salt, 'hex'));
  if (found.toString('hex') !== root.rootHash) throw new Broken('the root image has another root hash');
  const stored = readTail(file('root'), root.dataBlocks * BLOCK, treeSize(root.dataBlocks) + 1);
  if (!stored.equals(tree)) throw new Broken('the hash tree behind the root image is not the one over it');
  return `${root.rootHash.slice(0, 16)}… over ${root.dataBlocks} blocks, and the image's own tree`;
}

async function kernelImage({ file, manifest }: Image): Promise<string> {
  const uki = await readFile(file('uki'));
  const parts = [
    ['.linux', await readFile(file('kernel'))],
    ['.initrd', await readFile(file('initramfs'))],
    ['.cmdline', Buffer.from(manifest.commandLine)],
    ['.uname', Buffer.from(manifest.kernelRelease)],
  ] as const;
  for (const [name, expected] of parts) {
    if (!sectionOf(uki, name).equals(expected))
      throw new Broken(`its section ${name} is not what was signed`);
  }
  return 'holds this kernel, initramfs and command line';
}

async function secureBoot({ file }: Image): Promise<string> {
  const certificate = await readFile(file('certificate'));
  verifyUefi(await readFile(file('uki')), certificate);
  const { raw, subject } = new X509Certificate(certificate);
  if (!(await readFile(file('firmwareVariables'))).includes(raw)) {
    throw new Broken("the firmware's variable store does not have the certificate");
  }
  return `signed with the key of ${subject}, which the firmware's variable store has`;
}

async function bootDisk({ file }: Image): Promise<string> {
  if (!(await readFile(file('boot'))).includes(await readFile(file('uki')))) {
    throw new Broken('it does not hold the signed kernel image');
  }
  return 'holds the signed kernel image';
}

async function executables({ file }: Image): Promise<string> {
  const list = executablesManifest.parse(JSON.parse(await readFile(file('executables'), 'utf8')));
  return `${list.executables.length} of them; PID 1 checks each before it runs`;
}
