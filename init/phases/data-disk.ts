import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { DATA_LABEL, planDisk } from '../data-disk/plan.ts';
import { PROBE_BYTES, readDiskContent } from '../data-disk/superblock.ts';
import { runVerified } from '../executables/run.ts';
import { BootError } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import type { Machine } from '../machine.ts';
import type { Phase } from '../phase.ts';

const SERIAL = 'bulkhead-data';
const TARGET = '/var/lib';
const MKE2FS = '/usr/sbin/mke2fs';
const E2FSCK = '/usr/sbin/e2fsck';
const RESIZE2FS = '/usr/sbin/resize2fs';
/** Checking a large damaged disk takes its time, and stopping it half-way helps nobody; milliseconds. */
const TOOL_TIMEOUT = 30 * 60 * 1000;

export const dataDisk: Phase = {
  name: 'data-disk',
  needs: ['manifest'],
  onFailure: 'hold',
  async run(machine) {
    const disk = findDisk();
    await machine.executables.verify([MKE2FS, E2FSCK, RESIZE2FS], 1);
    const done = await prepare(machine, disk);
    try {
      machine.kernel.mount(
        `/dev/${disk}`,
        TARGET,
        'ext4',
        MS_NOSUID | MS_NODEV | MS_NOEXEC,
        'errors=remount-ro',
      );
    } catch (cause) {
      throw new BootError('data-disk-failed', `/dev/${disk} could not be mounted on ${TARGET}`, { cause });
    }
    return `/dev/${disk} on ${TARGET}, ${done}`;
  },
};

function findDisk(): string {
  const disk = readdirSync('/sys/block').find((name) => {
    const serial = `/sys/block/${name}/serial`;
    return existsSync(serial) && readFileSync(serial, 'utf8').trim() === SERIAL;
  });
  if (disk === undefined) throw new BootError('no-data-disk', `no disk has the serial number ${SERIAL}`);
  return disk;
}

async function prepare(machine: Machine, disk: string): Promise<string> {
  const size = Number(readFileSync(`/sys/block/${disk}/size`, 'utf8')) * 512;
  const plan = planDisk(readDiskContent(readBeginning(`/dev/${disk}`)), size);
  switch (plan.action) {
    case 'refuse':
      throw new BootError('foreign-data-disk', `/dev/${disk} is not used: ${plan.reason}`);
    case 'format':
      await format(machine, disk);
      return 'formatted';
    case 'check': {
      const mended = await check(machine, disk, plan.thorough);
      if (plan.grow) await tool(machine, RESIZE2FS, [`/dev/${disk}`], [0], 'data-disk-failed');
      return [mended ? 'repaired' : 'clean', ...(plan.grow ? ['grown'] : [])].join(', ');
    }
  }
}

async function format(machine: Machine, disk: string): Promise<void> {
  const args = [
    '-q',
    '-t',
    'ext4',
    '-L',
    DATA_LABEL,
    '-m',
    '0',
    '-E',
    'lazy_itable_init=1,lazy_journal_init=1',
  ];
  await tool(machine, MKE2FS, [...args, `/dev/${disk}`], [0], 'data-disk-failed');
}

/** e2fsck(8): 0 nothing to do, 1 errors corrected, 2 corrected and wants a reboot only if it was mounted. */
async function check(machine: Machine, disk: string, thorough: boolean): Promise<boolean> {
  const args = ['-p', ...(thorough ? ['-f'] : []), `/dev/${disk}`];
  return (await tool(machine, E2FSCK, args, [0, 1, 2], 'data-disk-damaged')) !== 0;
}

/** Runs one of e2fsprogs; what it says goes to the log. @returns its exit status, one of `accepted` */
async function tool(
  { executables, log }: Machine,
  path: string,
  args: readonly string[],
  accepted: readonly number[],
  code: 'data-disk-failed' | 'data-disk-damaged',
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
