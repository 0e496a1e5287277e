import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { readSecureBootKeys } from '../../image/keys/secure-boot.ts';
import { commandLineOf } from '../../image/outputs/command-line.ts';
import { cpio } from '../../image/outputs/cpio.ts';
import { bootDisk } from '../../image/outputs/esp.ts';
import { assembleUki } from '../../image/outputs/uki.ts';
import { enrolledStore } from '../../image/outputs/variable-store.ts';
import { appendHashTree } from '../../image/outputs/verity.ts';
import { artefactNames, type ReleaseManifest } from '../../policy/manifest/release.ts';
import { formatPublicKey, generateKey, publicKeyOf } from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import { signUefi } from '../../policy/secure-boot/authenticode.ts';
import { BLOCK } from '../../policy/verity/tree.ts';

export const secret = generateKey(randomBytes(40));

/** A UEFI program with one section and room for more: what systemd's stub is to the build. */
export function stubProgram(): Buffer {
  const file = Buffer.alloc(0x600);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80, 'latin1');
  file.writeUInt16LE(0x8664, 0x84);
  file.writeUInt16LE(1, 0x86); // sections
  file.writeUInt16LE(240, 0x94); // size of the optional header
  file.writeUInt16LE(0x22, 0x96); // executable, large addresses
  const optional = 0x98;
  file.writeUInt16LE(0x20b, optional);
  file.writeUInt32LE(0x1000, optional + 16); // entry
  file.writeUInt32LE(0x1000, optional + 32);
  file.writeUInt32LE(0x200, optional + 36);
  file.writeUInt32LE(0x2000, optional + 56);
  file.writeUInt32LE(0x400, optional + 60);
  file.writeUInt16LE(10, optional + 68); // EFI application
  file.writeUInt32LE(16, optional + 108);
  const section = optional + 240;
  file.write('.text', section, 'latin1');
  file.writeUInt32LE(0x200, section + 8);
  file.writeUInt32LE(0x1000, section + 12);
  file.writeUInt32LE(0x200, section + 16);
  file.writeUInt32LE(0x400, section + 20);
  file.writeUInt32LE(0x60000020, section + 36);
  file.fill(0xc3, 0x400);
  return file;
}

/** An empty variable store with the headers that OVMF's has. */
export function emptyStore(): Buffer {
  const store = Buffer.alloc(0x8000, 0xff);
  store.fill(0, 0, 0x48 + 28);
  store.writeUInt16LE(0x48, 48);
  store.write('782cf3aa7b949a43a1802e144ec37792', 0x48, 'hex');
  store.writeUInt32LE(store.length - 0x48, 0x48 + 16);
  return store;
}

/** What a test puts in place of a part, before the manifest over it is made and signed. */
export type Parts = Record<(typeof artefactNames)[number], Buffer> & { commandLine: string };

/** A whole image as the build makes it, but small; its manifest signed over what `change` left. */
export async function smallImage(
  folder: string,
  keys: ReturnType<typeof readSecureBootKeys>,
  change: (parts: Parts) => void = () => undefined,
  says: Partial<Pick<ReleaseManifest, 'signing' | 'nextKey'>> = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rootPath = join(folder, 'root');
  writeFileSync(rootPath, randomBytes(300 * BLOCK));
  const commandLine = commandLineOf(appendHashTree(rootPath));
  const { readFileSync } = await import('node:fs');
  const kernel = randomBytes(5000);
  const initramfs = gzipSync(
    cpio([{ path: 'command-line', mode: 0o100644, data: Buffer.from(`${commandLine}\n`) }]),
  );
  const unsigned = assembleUki(stubProgram(), {
    osRelease: 'ID=bulkhead\n',
    commandLine,
    kernelRelease: '7.3',
    initramfs,
    kernel,
  });
  const uki = await signUefi(unsigned, keys.certificates.database, keys.sign);
  const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  const listed = { path: '/usr/bin/node', blake2b512: 'a'.repeat(128), size: 1, mode: '0755' };
  const list = { format: 1, version: '1', signing: 'development', executables: [listed] };
  const pem = `-----BEGIN CERTIFICATE-----\n${keys.certificates.database.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const parts: Parts = {
    kernel,
    initramfs,
    root: readFileSync(rootPath),
    executables: Buffer.from(JSON.stringify(list)),
    sbom: Buffer.from('{}'),
    uki,
    boot: bootDisk(uki),
    firmware: Buffer.from('firmware'),
    firmwareVariables: enrolledStore(emptyStore(), keys.certificates),
    certificate: Buffer.from(pem),
    commandLine,
  };
  change(parts);
  for (const part of artefactNames) writeFileSync(join(folder, part), parts[part]);
  const artefacts = Object.fromEntries(
    artefactNames.map((part) => [
      part,
      { file: part, sha256: sha256(parts[part]), size: parts[part].length },
    ]),
  );
  const manifest = {
    ...{ format: 1, version: '1', signing: 'development', kernelRelease: '7.3' },
    commandLine: parts.commandLine,
    artefacts,
    ...says,
  };
  const text = Buffer.from(JSON.stringify(manifest));
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'manifest.json.minisig'), signMinisign(text, secret, 'test'));
  writeFileSync(join(folder, 'bulkhead.pub'), formatPublicKey(publicKeyOf(secret), 'test'));
}

export function flip(data: Buffer, at = Math.floor(data.length / 2)): void {
  data.writeUInt8(data.readUInt8(at) ^ 1, at);
}
