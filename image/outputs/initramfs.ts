import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Kernel } from '../tree/kernel.ts';
import { type CpioEntry, cpio } from './cpio.ts';

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

/** Stage 0, the modules that it loads, and the command line that it expects; gzip'd. */
export function buildInitramfs(stage0: Buffer, kernel: Kernel, commandLine: string): Buffer {
  const order = kernel.groups.initramfs;
  const folder = (path: string): CpioEntry => ({ path, mode: DIRECTORY, data: Buffer.alloc(0) });
  const entries: CpioEntry[] = [
    ...['dev', 'proc', 'sys', 'root', 'modules'].map(folder),
    { path: 'init', mode: PROGRAM, data: stage0 },
    { path: 'command-line', mode: FILE, data: Buffer.from(`${commandLine}\n`) },
    {
      path: 'modules/order',
      mode: FILE,
      data: Buffer.from(order.map((path) => `${basename(path)}\n`).join('')),
    },
    ...order.map((path) => ({
      path: `modules/${basename(path)}`,
      mode: FILE,
      data: kernel.content.get(path) ?? Buffer.alloc(0),
    })),
  ];
  return gzipSync(cpio(entries), { level: 9 });
}
