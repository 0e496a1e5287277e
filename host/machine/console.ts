import { readFile, stat } from 'node:fs/promises';
import { hasSystemCode } from '../errors.ts';
import type { MachinePaths } from './paths.ts';
import { lastLines } from './tail.ts';

/** Lines of the console that are looked through. */
const RECENT = 200;

const PANIC = /Kernel panic - not syncing: ?(.*)/;

/** The reason of a kernel panic that the console shows. */
export async function findPanic(paths: Pick<MachinePaths, 'console'>): Promise<string | undefined> {
  for (const line of await lastLines(paths.console, RECENT)) {
    const reason = PANIC.exec(line)?.[1];
    if (reason !== undefined) return reason || 'no reason given';
  }
  return undefined;
}

/** A breakpoint in the kernel's own text that nobody set: one processor patches it while another runs the old one. */
const PATCHED = /\bOops: int3:/;

/**
 * How the emulator made a kernel panic, for a person. QEMU's multi-threaded TCG lets the kernel run code that it is
 * patching, a processor does not, and nothing in the VM can bring it about.
 *
 * @returns undefined when it may have been the VM itself
 */
export async function findEmulatorFault(
  paths: Pick<MachinePaths, 'console' | 'events'>,
): Promise<string | undefined> {
  if (!(await hasContent(paths.events))) return 'before the VM had begun';
  return (await showsRecently(paths, PATCHED))
    ? 'while it patched its code, which QEMU emulates with a fault'
    : undefined;
}

/** EDK II, BdsDxe: what it says when an image's signature does not hold, and when nothing else is to be booted. */
const REFUSED = /BdsDxe: failed to load .*: Access Denied/;
/** The kernel's own lines, PID 1's, stage 0's. */
const KERNEL = /^\[ *\d+\.\d+\] |^bulkhead: /m;

/** Whether the firmware refused the image. */
export async function isRefusedByFirmware(paths: Pick<MachinePaths, 'console'>): Promise<boolean> {
  return showsRecently(paths, REFUSED);
}

async function showsRecently(paths: Pick<MachinePaths, 'console'>, pattern: RegExp): Promise<boolean> {
  return (await lastLines(paths.console, RECENT)).some((line) => pattern.test(line));
}

/** Whether a guest that was started by firmware, which writes to the console itself, got as far as its kernel. */
export async function hasKernelStarted(paths: Pick<MachinePaths, 'console' | 'events'>): Promise<boolean> {
  if (await hasContent(paths.events)) return true;
  try {
    return KERNEL.test(await readFile(paths.console, 'utf8'));
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Whether the guest has written anything at all. */
export async function hasSignOfLife(paths: Pick<MachinePaths, 'console' | 'events'>): Promise<boolean> {
  return (await hasContent(paths.console)) || (await hasContent(paths.events));
}

async function hasContent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return false;
    throw error;
  }
}
