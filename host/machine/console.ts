import { stat } from 'node:fs/promises';
import { hasSystemCode } from '../errors.ts';
import type { MachinePaths } from './paths.ts';
import { lastLines } from './tail.ts';

const PANIC = /Kernel panic - not syncing: ?(.*)/;

/** The reason of a kernel panic that the console shows. */
export async function findPanic(paths: Pick<MachinePaths, 'console'>): Promise<string | undefined> {
  for (const line of await lastLines(paths.console, 200)) {
    const reason = PANIC.exec(line)?.[1];
    if (reason !== undefined) return reason || 'no reason given';
  }
  return undefined;
}

/** Whether the guest has written anything at all. */
export async function hasSignOfLife(paths: Pick<MachinePaths, 'console' | 'events'>): Promise<boolean> {
  for (const path of [paths.console, paths.events]) {
    try {
      if ((await stat(path)).size > 0) return true;
    } catch (error) {
      if (!hasSystemCode(error, 'ENOENT')) throw error;
    }
  }
  return false;
}
