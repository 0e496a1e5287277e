import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artefactNames } from '../../policy/manifest/release.ts';
import { formatPublicKey, generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { readImage } from './image.ts';

let folder: string;
const secret = generateKey(randomBytes(40));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-image-'));
  const artefacts = Object.fromEntries(
    artefactNames.map((part) => {
      const content = `the ${part}`;
      writeFileSync(join(folder, part), content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return [part, { file: part, sha256, size: content.length }];
    }),
  );
  write({
    format: 1,
    version: '1',
    signing: 'development',
    kernelRelease: '7.3',
    commandLine: 'quiet',
    artefacts,
  });
  writeFileSync(join(folder, 'bulkhead.pub'), formatPublicKey(publicKeyOf(secret), 'test'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(manifest: unknown): void {
  const text = Buffer.from(JSON.stringify(manifest));
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'manifest.json.minisig'), signMinisign(text, secret, 'test'));
}

describe('readImage()', () => {
  it('accepts what was signed', async () => {
    const image = await readImage(folder);
    expect(image).toMatchObject({ root: join(folder, 'root'), manifest: { commandLine: 'quiet' } });
  });

  it('names files in full: QEMU runs in another folder', async () => {
    const image = await readImage(relative('.', folder));
    expect(image).toMatchObject({ directory: folder, root: join(folder, 'root') });
  });

  it.each([
    ['a changed file', 'root', 'THE root', 'image-damaged'],
    ['a longer file', 'kernel', 'the kernel and more', 'image-damaged'],
    ['a changed manifest', 'manifest.json', '{}', 'image-untrusted'],
    ['a changed signature', 'manifest.json.minisig', 'x', 'image-untrusted'],
    ['a key that is none', 'bulkhead.pub', 'x', 'image-untrusted'],
  ])('refuses %s', async (_, file, content, code) => {
    writeFileSync(join(folder, file), content);
    await expect(readImage(folder)).rejects.toMatchObject({ code });
  });

  it.each(['manifest.json', 'manifest.json.minisig', 'bulkhead.pub', 'initramfs'])(
    'misses %s',
    async (file) => {
      rmSync(join(folder, file));
      await expect(readImage(folder)).rejects.toMatchObject({ code: 'image-missing' });
    },
  );

  it('refuses a signed manifest that it does not know', async () => {
    write({ format: 2 });
    await expect(readImage(folder)).rejects.toMatchObject({ code: 'image-damaged' });
  });

  it('refuses another key', async () => {
    const other = join(folder, 'other.pub');
    writeFileSync(other, formatPublicKey(publicKeyOf(generateKey(randomBytes(40))), 'other'));
    await expect(readImage(folder, { publicKey: other })).rejects.toMatchObject({ code: 'image-untrusted' });
    expect(readFileSync(other, 'utf8')).toContain('other');
  });
});
