import { join } from 'node:path';
import { compile } from '../../image/outputs/native.ts';
import { ours } from '../../image/tree/origin.ts';
import { type Contents, rootFolders } from './contents.ts';
import type { Recipe } from './image-file.ts';

/** By name below /bin, each a program of one file. */
const programs = ['attempt', 'calls', 'exhaust', 'netlink'] as const;

/** Busybox and programs that try things: what most tests of containers need. */
export async function toolsImage(contents: Contents, cache: string): Promise<Recipe> {
  for (const name of programs) {
    const source = await compile(join(import.meta.dirname, `${name}.c`), cache);
    contents.tree.add(`/bin/${name}`, { kind: 'file', source, mode: 0o755, origin: ours });
  }
  await contents.addBusybox('/bin');
  contents.addLinks({ '/sbin': 'bin', '/usr/bin': '../bin', '/usr/sbin': '../bin' });
  contents.addDirectories(...rootFolders, '/home');
  contents.addText('/etc/passwd', ['root:x:0:0:root:/root:/bin/sh', ...users, ''].join('\n'));
  contents.addText('/etc/group', ['root:x:0:', 'user:x:1000:', 'nogroup:x:65534:', ''].join('\n'));
  return { layers: [contents.tree], config: { Env: ['PATH=/bin'], Cmd: ['sh'] } };
}

const users = ['user:x:1000:1000:user:/home:/bin/sh', 'nobody:x:65534:65534:nobody:/home:/bin/false'];
