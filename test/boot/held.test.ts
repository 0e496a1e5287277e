import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeDirectories } from '../../host/machine/directories.ts';
import { readImage } from '../../host/machine/image.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import type { VersionRecord } from '../../init/version/decide.ts';
import { executablesManifest } from '../../policy/manifest/executables.ts';
import { deadline } from '../harness/deadline.ts';
import { startGuest, statusWhen } from '../harness/guest.ts';

import { type Sealed, seal } from '../harness/sealed.ts';
import { CACHE, IMAGE, ROOT, TestVm } from '../harness/vm.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-damaged-'));
const tree = join(folder, 'tree');
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const MANIFEST = '/usr/lib/bulkhead/executables.json';

beforeAll(() => {
  execFileSync('fsck.erofs', [`--extract=${tree}`, '--no-preserve-owner', join(IMAGE, 'root.erofs')], {
    env: { ...process.env, PATH },
    stdio: 'ignore',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Changes files of the root image, and makes an image of it that a launcher without checks would boot, with a hash tree
 * that fits: what PID 1 checks itself, behind dm-verity (verity.test.ts).
 */
function damaged(name: string, changes: Record<string, (data: Buffer) => void>): Sealed {
  const originals = Object.keys(changes).map((path) => [path, readFileSync(join(tree, path))] as const);
  for (const [path, original] of originals) {
    const data = Buffer.from(original);
    changes[path]?.(data);
    writeFileSync(join(tree, path), data);
  }
  const image = join(folder, `${name}.erofs`);
  execFileSync('mkfs.erofs', ['--all-root', image, tree], { env: { ...process.env, PATH }, stdio: 'ignore' });
  for (const [path, original] of originals) writeFileSync(join(tree, path), original);
  return seal(image);
}

/** One bit, in the middle of the file. */
function flip(data: Buffer): void {
  const middle = Math.floor(data.length / 2);
  data.writeUInt8(data.readUInt8(middle) ^ 1, middle);
}

async function bootDamaged(title: string, changes: Parameters<typeof startGuest>[1]) {
  const vm = new TestVm(title);
  onTestFinished(() => vm.dispose());
  await startGuest(vm, changes);
  return { vm, status: await statusWhen(vm, 'held', deadline(3)) };
}

const engineNever = expect.not.arrayContaining([expect.objectContaining({ name: 'dockerd' })]);

test('the launcher refuses an image that is not the signed one', async () => {
  await expect(readImage(IMAGE)).resolves.toMatchObject({ root: join(IMAGE, 'root.erofs') });
  const copy = join(folder, 'image');
  execFileSync('cp', ['-r', IMAGE, copy]);
  const root = readFileSync(join(copy, 'root.erofs'));
  flip(root);
  writeFileSync(join(copy, 'root.erofs'), root);
  await expect(readImage(copy)).rejects.toThrow(/root/);
});

test('a flipped bit in any executable of the engine: the engine is not started, each is named', async () => {
  const listed = executablesManifest.parse(JSON.parse(readFileSync(join(IMAGE, 'executables.json'), 'utf8')));
  // What runs before the engine is checked when it is first run, and stops the boot there: one at a time.
  const early = [
    '/usr/bin/node',
    '/usr/libexec/bulkhead/launch',
    '/usr/bin/openssl',
    '/usr/sbin/mke2fs',
    '/usr/sbin/e2fsck',
    '/usr/sbin/resize2fs',
    '/usr/sbin/xtables-nft-multi',
  ];
  const paths = listed.executables.map(({ path }) => path).filter((path) => !early.includes(path));
  expect(paths).toEqual(
    expect.arrayContaining(['/usr/sbin/dockerd', '/usr/bin/containerd', '/usr/libexec/bulkhead/crun']),
  );
  const changed = damaged('executables', Object.fromEntries(paths.map((path) => [path, flip])));
  const { vm, status } = await bootDamaged('flipped-executables', changed);
  expect(status.failure?.code).toBe('executable-changed');
  for (const path of paths) expect(status.failure?.message).toContain(path);
  expect(status.services).toEqual(engineNever);
  expect(vm.console()).toContain('/usr/sbin/dockerd has blake2b512');
  expect(vm.console()).toContain('what to do:');
});

test('one flipped bit in the runtime alone is enough', async () => {
  const changed = damaged('crun', { '/usr/libexec/bulkhead/crun': flip });
  const { status } = await bootDamaged('flipped-runtime', changed);
  expect(status.failure).toMatchObject({ code: 'executable-changed' });
  expect(status.failure?.message).toMatch(
    /^\/usr\/libexec\/bulkhead\/crun has blake2b512 \w+…, signed was \w+…$/,
  );
  expect(status.services).toEqual(engineNever);
});

test('a list of executables that was changed after signing: nothing but PID 1 runs', async () => {
  const changed = damaged('manifest', {
    [MANIFEST]: (data) => void data.write('1', data.indexOf('"format": ') + 10 - 1),
  });
  const vm = new TestVm('changed-manifest');
  onTestFinished(() => vm.dispose());
  await startGuest(vm, changed);
  const { waitForEvent } = await import('../../host/events/events.ts');
  const held = await waitForEvent(
    vm.paths.events,
    (event) => event.kind === 'state' && event.state === 'held',
    {
      timeout: deadline(3),
    },
  );
  expect(held).toMatchObject({ failure: { code: 'manifest-invalid' } });
  expect(vm.console()).not.toMatch(/channel starts|containerd starts|dockerd starts/);
});

test('where a newer image forbade it, an older one does not start the engine', async () => {
  const vm = new TestVm('older-image');
  onTestFinished(() => vm.dispose());
  await makeDirectories(vm.paths);
  const state = join(folder, 'state');
  mkdirSync(state);
  const record: VersionRecord = { format: 1, highest: '9.1.0', minimum: '9.0.0' };
  writeFileSync(join(state, 'version.json'), JSON.stringify(record));
  const options = ['-q', '-t', 'ext4', '-L', 'bulkhead-state', '-b', '1024', '-d', state];
  execFileSync('mke2fs', [...options, vm.paths.stateDisk, '64M'], { env: { ...process.env, PATH } });
  await startGuest(vm, {});
  const { failure, services } = await statusWhen(vm, 'held', deadline(3));
  expect(failure).toMatchObject({ code: 'older-image', message: expect.stringContaining('below 9.0.0') });
  expect(services).toEqual(engineNever);
});

test('a word on the command line that is no setting holds the boot, and names it', async () => {
  const { status } = await bootDamaged('command-line', {
    settings: ['bulkhead.net=dhcp', 'bulkhead.shell=1'],
  });
  expect(status.failure).toMatchObject({
    code: 'bad-command-line',
    message: 'bulkhead.shell is not a setting of this version',
  });
  expect(status.services).toEqual(engineNever);
});

/** What a flavour for tests has and the product has not: its port, its shell, its words. */
const traces = [
  'org.bulkhead.test',
  'libexec/bulkhead/busybox',
  'HAS A ROOT SHELL',
  'BusyBox v',
  'stock-runc',
];

/** Which of the traces are in any name or file of an image's root. */
function tracesIn(root: string): string[] {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const found = new Set<string>();
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? readFileSync(path) : Buffer.alloc(0);
    for (const trace of traces) if (path.includes(trace) || content.includes(trace)) found.add(trace);
  }
  return [...found].sort();
}

test('the image that ships has no trace of the root shell for tests: no name, no string, no port', async () => {
  expect(tracesIn(tree)).toEqual([]);
  expect(readFileSync(join(IMAGE, 'manifest.json'), 'utf8')).toContain('"flavour": "product"');
  // the control
  const image = await flavourImage('test', { root: ROOT, cache: CACHE });
  const other = join(folder, 'test-flavour');
  execFileSync('fsck.erofs', [`--extract=${other}`, '--no-preserve-owner', join(image, 'root.erofs')], {
    env: { ...process.env, PATH },
    stdio: 'ignore',
  });
  expect(tracesIn(other)).toEqual([
    'BusyBox v',
    'HAS A ROOT SHELL',
    'libexec/bulkhead/busybox',
    'org.bulkhead.test',
  ]);
});
