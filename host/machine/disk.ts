import { open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError, hasSystemCode } from '../errors.ts';
import { formatSize } from './size.ts';

/** 20 GiB. It is sparse: what is not written takes no room. */
export const DEFAULT_DISK_SIZE = 20 * 2 ** 30;
const MIN_DISK_SIZE = 2 ** 30;
/** Of the state disk, bytes: documents, records, logs. */
const STATE_DISK_SIZE = 64 * 2 ** 20;
/** Below this the guest could not even format its disk and load an image. */
const MIN_FREE = 512 * 2 ** 20;

export interface DiskChange {
  readonly size: number;
  readonly change: 'made' | 'grown' | 'kept';
}

/** What to do about a data disk. Never smaller: the file system on it would lose its end. */
export function planDisk(present: number | undefined, wanted: number | undefined): DiskChange {
  if (wanted !== undefined && wanted < MIN_DISK_SIZE) {
    throw new HostError('bad-option', `a data disk of ${formatSize(wanted)} is too small`, {
      hint: `give it at least ${formatSize(MIN_DISK_SIZE)}`,
    });
  }
  if (present === undefined) return { size: wanted ?? DEFAULT_DISK_SIZE, change: 'made' };
  if (wanted !== undefined && wanted < present) {
    throw new HostError(
      'bad-option',
      `the data disk has ${formatSize(present)} and cannot shrink to ${formatSize(wanted)}`,
      {
        hint: 'leave --disk-size out, or begin anew with `bulkhead delete`',
      },
    );
  }
  if (wanted === undefined || wanted === present) return { size: present, change: 'kept' };
  return { size: wanted, change: 'grown' };
}

/** Makes the sparse data disk at `path`, or grows it. `wanted` in bytes. @throws {HostError} */
export async function prepareDisk(path: string, wanted?: number): Promise<DiskChange> {
  const plan = planDisk(await sizeOf(path), wanted);
  await checkFreeSpace(path);
  if (plan.change !== 'kept') await makeSparse(path, plan.size, plan.change === 'made' ? 'wx' : 'r+');
  return plan;
}

/** Makes the VM's small state disk, unless it is there. @throws {HostError} */
export async function prepareStateDisk(path: string): Promise<void> {
  if ((await sizeOf(path)) === undefined) await makeSparse(path, STATE_DISK_SIZE, 'wx');
}

async function makeSparse(path: string, size: number, flags: 'wx' | 'r+'): Promise<void> {
  try {
    const file = await open(path, flags, 0o600);
    try {
      await file.truncate(size);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasSystemCode(error, 'ENOSPC', 'EDQUOT')) throw error;
    const what = `the disk ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    throw new HostError('disk-unusable', what, { cause: error });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function checkFreeSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  if (free >= MIN_FREE) return;
  throw new HostError(
    'disk-full',
    `only ${formatSize(free)} are free in ${dirname(path)}, for the VM's data disk`,
  );
}
