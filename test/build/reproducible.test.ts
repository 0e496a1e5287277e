import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildImage } from '../../image/build.ts';
import { releaseManifest } from '../../policy/manifest/release.ts';
import { projectFiles } from '../structure/sources.ts';

const root = resolve(import.meta.dirname, '../..');
const cache = resolve(process.env.BULKHEAD_CACHE ?? join(root, '.cache'));
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-build-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Downloads and unpacked packages are shared; what is made of them is not where it was. */
async function build(project: string, out: string, locked?: string): Promise<void> {
  const options = { root: project, out, cache, offline: false, refresh: false, say: () => undefined };
  await buildImage(locked === undefined ? options : { ...options, locked });
}

function copyOfProject(): string {
  const copy = join(folder, 'another', 'place');
  for (const name of projectFiles()) cpSync(join(root, name), join(copy, name));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

test('the same sources and lock give the same image to the last byte, wherever they lie', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  await build(root, first);
  await build(copyOfProject(), second, join(first, 'packages.lock'));
  const text = readFileSync(join(first, 'manifest.json'), 'utf8');
  const { artefacts } = releaseManifest.parse(JSON.parse(text));
  // Names in it what differs: root image, initramfs, kernel image, boot disk, …
  expect(JSON.parse(readFileSync(join(second, 'manifest.json'), 'utf8'))).toEqual(JSON.parse(text));
  for (const { file } of Object.values(artefacts)) {
    expect(readFileSync(join(second, file)).equals(readFileSync(join(first, file))), file).toBe(true);
  }
  for (const file of ['manifest.json', 'manifest.json.minisig', 'packages.lock']) {
    expect(readFileSync(join(second, file), 'utf8')).toBe(readFileSync(join(first, file), 'utf8'));
  }
}, 600_000);

test('no private key is in the image or beside it', async () => {
  const out = join(folder, 'first');
  const secrets = ['bulkhead.key', 'PK.key', 'KEK.key', 'db.key'].map((name) => {
    const [, body = ''] = readFileSync(join(cache, 'keys', name), 'utf8').split('\n');
    return body.slice(0, 60);
  });
  // The whole tree, uncompressed; fsck.erofs finds every file of it.
  const tree = join(folder, 'tree');
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const options = [`--extract=${tree}`, '--no-preserve-owner', join(out, 'root.erofs')];
  execFileSync('fsck.erofs', options, { env, stdio: 'ignore' });
  const holds = (secret: string): string => {
    try {
      return execFileSync('grep', ['-rlaF', '--', secret, tree, out], { encoding: 'utf8' });
    } catch (error) {
      if ((error as { status?: number }).status !== 1) throw error;
      return '';
    }
  };
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(30);
    expect(holds(secret)).toBe('');
  }
  const [, publicKey = ''] = readFileSync(join(out, 'bulkhead.pub'), 'utf8').split('\n');
  expect(holds(publicKey)).toContain(join(dirname(tree), 'tree')); // control: the search finds what is there
}, 300_000);
