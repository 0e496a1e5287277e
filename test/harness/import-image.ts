import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineClient } from '../../host/engine/client.ts';
import { type TarItem, writeTar } from '../images/tar-file.ts';
import { debian } from '../images/test-image.ts';

const folders = ['bin', 'etc', 'tmp', 'dev', 'proc', 'sys'];

/** An image of busybox as `true`, with links instead of something. @returns its name */
export async function importImage(
  engine: EngineClient,
  links: Readonly<Record<string, string>>,
  more: readonly TarItem[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bhi-'));
  try {
    const { packages } = await debian();
    const busybox = await packages.file('busybox-static', '/usr/bin/busybox');
    const items: TarItem[] = folders
      .filter((path) => !(path in links))
      .map((path) => ({ path, mode: 0o755, content: { kind: 'directory' } }));
    items.push({ path: 'bin/true', mode: 0o755, content: { kind: 'file', source: busybox.path } });
    for (const [path, target] of Object.entries(links))
      items.push({ path, mode: 0o777, content: { kind: 'link', target } });
    const file = join(folder, 'image.tar');
    const name = `trap-${Object.keys(links)
      .join('-')
      .replaceAll(/[^a-z]/g, '-')}`;
    await writeTar(file, [...items, ...more]);
    const { body } = await engine.request('POST', `/images/create?fromSrc=-&repo=${name}&tag=latest`, {
      file,
    });
    if (!body.toString('utf8').includes('sha256:')) throw new Error(`no image was made: ${body}`);
    return `${name}:latest`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
