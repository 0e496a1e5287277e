import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../image/outputs/native.ts';
import { appendHashTree } from '../../image/outputs/verity.ts';
import { findVerity, formatVerity } from '../../policy/verity/word.ts';
import { withMembers } from './initramfs.ts';
import { CACHE, IMAGE, ROOT } from './vm.ts';

/** What a launcher without checks would boot. */
export interface Sealed {
  root: string;
  initramfs: string;
  commandLine: string;
}

/** The signed command line of the built image. */
export function signedCommandLine(): string {
  const { commandLine } = JSON.parse(readFileSync(join(IMAGE, 'manifest.json'), 'utf8')) as {
    commandLine: string;
  };
  return commandLine;
}

/** An initramfs that expects `commandLine`: as whoever has the signing key could make it. */
export function initramfsFor(commandLine: string, path: string): string {
  writeFileSync(
    path,
    withMembers(join(IMAGE, 'initramfs.gz'), { 'command-line': Buffer.from(`${commandLine}\n`) }),
  );
  return path;
}

/**
 * Seals another file system as root: appends its hash tree, and makes the initramfs that expects its root hash. So a
 * change in it gets past dm-verity, to PID 1's own check.
 */
export function seal(root: string): Sealed {
  const known = findVerity(signedCommandLine());
  if (known === undefined) throw new Error('the built image has no root hash');
  const commandLine = signedCommandLine().replace(formatVerity(known), formatVerity(appendHashTree(root)));
  return { root, commandLine, initramfs: initramfsFor(commandLine, `${root}.initramfs.gz`) };
}

/** The built initramfs with a stage 0 that mounts the root as it is: the control of what dm-verity refuses. */
export async function initramfsWithoutVerity(path: string): Promise<string> {
  const stage0 = await compile(join(ROOT, 'image/stage0'), CACHE, ['-DWITHOUT_VERITY']);
  writeFileSync(path, withMembers(join(IMAGE, 'initramfs.gz'), { init: readFileSync(stage0) }));
  return path;
}
