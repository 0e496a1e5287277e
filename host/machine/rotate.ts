import { rename, rm } from 'node:fs/promises';
import { hasSystemCode } from '../errors.ts';

/** Boots whose logs are kept besides the present one. */
export const KEPT_BOOTS = 3;

/** The log of `boot`: 0 is the last one, -1 the one before it. `events.log`, `events.log.1`, … */
export function logOfBoot(path: string, boot: number): string {
  return boot === 0 ? path : `${path}.${Math.abs(boot)}`;
}

/** Makes room for a new `path`; the oldest is dropped. */
export async function rotateLog(path: string): Promise<void> {
  await rm(logOfBoot(path, -KEPT_BOOTS), { force: true });
  for (let boot = -(KEPT_BOOTS - 1); boot <= 0; boot++) {
    await moveIfThere(logOfBoot(path, boot), logOfBoot(path, boot - 1));
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
