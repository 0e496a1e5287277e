import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { runVerified } from '../executables/run.ts';
import { BootError, type BootErrorCode } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import type { Machine } from '../machine.ts';
import { planDisk } from './plan.ts';
import { PROBE_BYTES, readDiskContent } from './superblock.ts';

/** A disk of the VM's own: an ext4 file system that outlives boots. */
export interface OwnDisk {
  /** The serial number that the launcher gives it, and the label of its file system. */
  name: 'bulkhead-data' | 'bulkhead-state';
  target: string;
  /** mke2fs(8), besides what both have. */
  format: readonly string[];
  /** What each failure is called. */
  codes: Readonly<Record<'missing' | 'foreign' | 'damaged' | 'failed', BootErrorCode>>;
}

const MKE2FS = '/usr/sbin/mke2fs';
const E2FSCK = '/usr/sbin/e2fsck';
const RESIZE2FS = '/usr/sbin/resize2fs';
/** Checking a large damaged disk takes its time, and stopping it half-way helps nobody; milliseconds. */
const TOOL_TIMEOUT = 30 * 60 * 1000;

/**
 * Finds, formats (only what is blank), checks, grows and mounts a disk.
 * @returns what was done, for the log @throws {BootError} one of `disk.codes`
 */
export async function mountDisk(machine: Machine, disk: OwnDisk): Promise<string> {
  const device = findDevice(disk);
  await machine.executables.verify([MKE2FS, E2FSCK, RESIZE2FS], 1);
  const done = await prepare(machine, disk, device);
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  try {
    machine.kernel.mount(`/dev/${device}`, disk.target, 'ext4', flags, 'errors=remount-ro');
  } catch (cause) {
    throw new BootError(disk.codes.failed, `/dev/${device} could not be mounted on ${disk.target}`, {
      cause,
    });
  }
  return `/dev/${device} on ${disk.target}, ${done}`;
}

function findDevice({ name, codes }: OwnDisk): string {
  const device = readdirSync('/sys/block').find((each) => {
    const serial = `/sys/block/${each}/serial`;
    return existsSync(serial) && readFileSync(serial, 'utf8').trim() === name;
  });
  if (device === undefined) throw new BootError(codes.missing, `no disk has the serial number ${name}`);
  return device;
}

async function prepare(machine: Machine, disk: OwnDisk, device: string): Promise<string> {
  const size = Number(readFileSync(`/sys/block/${device}/size`, 'utf8')) * 512;
  const plan = planDisk(readDiskContent(readBeginning(`/dev/${device}`)), size, disk.name);
  switch (plan.action) {
    case 'refuse':
      throw new BootError(disk.codes.foreign, `/dev/${device} is not used: ${plan.reason}`);
    case 'format': {
      const args = ['-q', '-t', 'ext4', '-L', disk.name, '-m', '0', ...disk.format];
      await tool(machine, MKE2FS, [...args, `/dev/${device}`], [0], disk.codes.failed);
      return 'formatted';
    }
    case 'check': {
      // e2fsck(8): 0 nothing to do, 1 errors corrected, 2 corrected and wants a reboot only if it was mounted.
      const args = ['-p', ...(plan.thorough ? ['-f'] : []), `/dev/${device}`];
      const mended = (await tool(machine, E2FSCK, args, [0, 1, 2], disk.codes.damaged)) !== 0;
      if (plan.grow) await tool(machine, RESIZE2FS, [`/dev/${device}`], [0], disk.codes.failed);
      return [mended ? 'repaired' : 'clean', ...(plan.grow ? ['grown'] : [])].join(', ');
    }
  }
}

/** Runs one of e2fsprogs; what it says goes to the log. @returns its exit status, one of `accepted` */
async function tool(
  { executables, log }: Machine,
  path: string,
  args: readonly string[],
  accepted: readonly number[],
  code: BootErrorCode,
): Promise<number> {
  const { status, signal, output } = await runVerified(executables, path, args, TOOL_TIMEOUT);
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const line of output.split('\n')) if (line !== '') log.write('debug', name, line);
  if (status !== undefined && accepted.includes(status)) return status;
  const last = output.split('\n').at(-1) ?? '';
  throw new BootError(code, `${name} ended with ${signal ?? `status ${status}`}: ${last}`);
}

function readBeginning(path: string): Buffer {
  const buffer = Buffer.alloc(PROBE_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, PROBE_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}
