import { createCipheriv, createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { tarHeader } from '../../image/outputs/tar.ts';

const END = Buffer.alloc(1024);
const CHUNK = 2 ** 20;

/**
 * Writes a file for `docker load` (Docker Image Specification v1.2) with one layer that holds `size` bytes which no
 * compression makes smaller, the same each time.
 * @param size a multiple of 1 MiB below 8 GiB
 */
export async function writeLargeImage(output: string, reference: string, size: number): Promise<void> {
  const file = await open(output, 'w');
  try {
    const layer = member('layer.tar', 512 + size + END.length);
    const hash = createHash('sha256');
    await file.writeFile(layer);
    await writeLayer(file, hash, size);
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [`sha256:${hash.digest('hex')}`] },
      }),
    );
    const manifest = Buffer.from(
      JSON.stringify([{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]),
    );
    for (const [name, content] of [
      ['config.json', config],
      ['manifest.json', manifest],
    ] as const)
      await file.writeFile(Buffer.concat([member(name, content.length), padded(content)]));
    await file.writeFile(END);
  } finally {
    await file.close();
  }
}

async function writeLayer(file: FileHandle, hash: Hash, size: number): Promise<void> {
  const write = async (bytes: Buffer) => {
    hash.update(bytes);
    await file.writeFile(bytes);
  };
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK);
  await write(member('large', size));
  for (let written = 0; written < size; written += CHUNK) await write(noise.update(zeros));
  await write(END);
}

const member = (name: string, size: number) =>
  tarHeader({ name, mode: 0o644, size, kind: 'file', target: '' });
const padded = (content: Buffer) =>
  Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
