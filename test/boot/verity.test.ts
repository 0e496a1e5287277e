import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readEvents } from '../../host/events/events.ts';
import { BLOCK } from '../../policy/verity/tree.ts';
import { findVerity } from '../../policy/verity/word.ts';
import { type GuestChanges, startGuest } from '../harness/guest.ts';
import { bootRefused } from '../harness/refused.ts';
import {
  initramfsFor,
  initramfsWithoutVerity,
  type Sealed,
  seal,
  signedCommandLine,
} from '../harness/sealed.ts';
import { IMAGE, TestVm } from '../harness/vm.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-verity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const built = join(IMAGE, 'root.erofs');
const signed = signedCommandLine();
const { dataBlocks = 0, rootHash = '' } = findVerity(signed) ?? {};
/** In PID 1's own bundle, which nothing but the root hash vouches for, and on the console early. */
const PHRASE = 'network from the launcher';

/** The same files without compression, so that a phrase of them is found; sealed as the built one is. */
let plain: Sealed;
beforeAll(() => {
  const tree = join(folder, 'tree');
  const options = {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: 'ignore',
  } as const;
  execFileSync(
    'fsck.erofs',
    [`--extract=${tree}`, '--no-preserve-owner', join(IMAGE, 'root.erofs')],
    options,
  );
  const path = join(folder, 'plain.erofs');
  execFileSync('mkfs.erofs', ['--all-root', path, tree], options);
  rmSync(tree, { recursive: true });
  plain = seal(path);
});

function changedRoot(name: string, from: string, change: (path: string, root: Buffer) => void): string {
  const path = join(folder, name);
  copyFileSync(from, path);
  change(path, readFileSync(path));
  return path;
}

function flipAt(offset: (root: Buffer) => number): (path: string, root: Buffer) => void {
  return (path, root) => {
    const at = offset(root);
    root.writeUInt8(root.readUInt8(at) ^ 1, at);
    writeFileSync(path, root);
  };
}

function inBundle(root: Buffer): number {
  const at = root.indexOf(PHRASE);
  expect(at).toBeGreaterThan(0);
  return at;
}

async function refused(title: string, changes: GuestChanges): Promise<string> {
  const vm = new TestVm(title);
  onTestFinished(() => vm.dispose());
  const said = await bootRefused(vm, changes);
  expect(await readEvents(vm.paths.events)).toEqual([]); // PID 1 never spoke
  return said;
}

const flipped = () => changedRoot('data', plain.root, flipAt(inBundle));

describe('a root image that is not the one whose root hash was signed', () => {
  test('a bit flipped in a block of data: the kernel stops when it is read', async () => {
    const said = await refused('verity-data', { ...plain, root: flipped() });
    expect(said).toMatch(/device-mapper: verity: .*data block \d+ is corrupted/);
    expect(said).toContain('Kernel panic - not syncing: dm-verity device corrupted');
  });

  test('control: without dm-verity the same flip goes unnoticed', async () => {
    const vm = new TestVm('verity-control');
    onTestFinished(() => vm.dispose());
    const initramfs = await initramfsWithoutVerity(join(folder, 'without.gz'));
    await startGuest(vm, { root: flipped(), initramfs });
    await expect.poll(() => vm.console(), { timeout: 120_000 }).toContain(`o${PHRASE.slice(1)}`);
  });

  test('a bit flipped in the hash tree: the kernel stops', async () => {
    const root = changedRoot(
      'tree',
      plain.root,
      flipAt((data) => {
        const leaf = Math.floor(inBundle(data) / BLOCK);
        const leaves = Math.ceil((findVerity(plain.commandLine)?.dataBlocks ?? 0) / 128);
        // the last level, 128 to a block
        return data.length - (leaves - Math.floor(leaf / 128)) * BLOCK + (leaf % 128) * 32;
      }),
    );
    const said = await refused('verity-tree', { ...plain, root });
    expect(said).toMatch(/device-mapper: verity: .*metadata block \d+ is corrupted/);
    expect(said).toContain('Kernel panic - not syncing: dm-verity device corrupted');
  });

  test('a bit flipped in its first block: stage 0 says so and switches off', async () => {
    const said = await refused('verity-first', {
      root: changedRoot(
        'first',
        built,
        flipAt(() => 1024),
      ),
    });
    expect(said).toContain('stage 0 failed: the root image is not the one whose root hash was signed');
    expect(said).toContain('what to do: the root image is damaged or was changed');
  });

  test('its data cut off, or only its tree', async () => {
    const short = changedRoot('short', built, (path) => truncateSync(path, (dataBlocks - 1) * BLOCK));
    expect(await refused('verity-short', { root: short })).toContain(
      'stage 0 failed: the root image is shorter than what was signed',
    );
    const bare = changedRoot('bare', built, (path, { length }) => truncateSync(path, length - BLOCK));
    expect(await refused('verity-bare', { root: bare })).toContain(
      'stage 0 failed: the root image is shorter than what was signed',
    );
  });

  test('another root hash, wherever it is signed', async () => {
    const commandLine = signed.replace(
      rootHash,
      rootHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    );
    const initramfs = initramfsFor(commandLine, join(folder, 'other.gz'));
    expect(await refused('verity-root-hash', { commandLine, initramfs })).toContain(
      'stage 0 failed: the root image is not the one whose root hash was signed',
    );
  });
});

describe('the command line is signed with the initramfs', () => {
  test.each([
    ['without its root hash', signed.replace(/ bulkhead\.verity=\S+/, ''), 'is not the one that was signed'],
    ['with a word more', `${signed} init=/usr/bin/openssl`, "has the word 'init=/usr/bin/openssl'"],
  ])('%s: stage 0 switches off', async (title, commandLine, words) => {
    const said = await refused(`command-line-${title.replaceAll(' ', '-')}`, { commandLine });
    expect(said).toMatch(/stage 0 failed: the kernel's command line .*\r?\n.*what to do: start the VM with/);
    expect(said).toContain(words);
  });

  test.each([
    ['no root hash', signed.replace(/ bulkhead\.verity=\S+/, ''), 'names no root hash'],
    [
      'a garbled one',
      signed.replace(rootHash, rootHash.slice(1)),
      'root hash on the command line is malformed',
    ],
  ])('%s, signed by mistake: stage 0 switches off', async (title, commandLine, words) => {
    const initramfs = initramfsFor(commandLine, join(folder, `${title.replaceAll(' ', '-')}.gz`));
    expect(await refused(`signed-${title.replaceAll(' ', '-')}`, { commandLine, initramfs })).toContain(
      words,
    );
  });
});
