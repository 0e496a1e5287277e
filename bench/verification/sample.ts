import { join } from 'node:path';
import type { readEvents } from '../../host/events/events.ts';
import { shellLine } from '../../image/flavour-shell.ts';
import { BenchError } from '../error.ts';

export const contenders = ['verified', 'unverified'] as const;
export type Contender = (typeof contenders)[number];

/** One boot. Milliseconds from the kernel's start. */
export interface BootTimes {
  /** PID 1 starts dockerd: all that has to be checked before has been. */
  dockerd: number;
  ready: number;
}

/** Cold reads, MiB a second. */
export interface ReadRates {
  /** The disk below dm-verity, in one piece. */
  disk: number;
  /** The same through dm-verity; undefined where there is none. */
  verity: number | undefined;
  /** Programs of the root file system, which are compressed or not as they are: files as the engine reads them. */
  files: number;
}

type Events = Awaited<ReturnType<typeof readEvents>>;

/** @throws {BenchError} `never-ready` */
export function bootTimes(events: Events): BootTimes {
  const [dockerd] = events.flatMap((event) =>
    event.kind === 'service' && event.service.name === 'dockerd' && event.service.state === 'starting'
      ? event.at
      : [],
  );
  const [ready] = events.flatMap((event) =>
    event.kind === 'state' && event.state === 'ready' ? event.at : [],
  );
  if (dockerd === undefined || ready === undefined)
    throw new BenchError(
      'never-ready',
      'the VM did not tell of a ready engine',
      'see its events.log below .cache/bench',
    );
  return { dockerd, ready };
}

/** MiB that a cold read takes at a time. */
const PIECE = 96;
/** None that runs: what is mapped stays in memory. */
const FILES = '/usr/libexec/bulkhead/ctr /usr/bin/containerd-shim-runc-v2 /usr/sbin/docker-proxy';
/** For sh: the disk that is the root's. */
const DISK = '$(basename $(dirname $(grep -l bulkhead-root /sys/block/vd*/serial)))';

/**
 * Reads with nothing of it in memory, in a VM with a root shell. The time is the VM's own.
 * @param verified whether it has dm-verity @param timeout milliseconds
 */
export async function readCold(folder: string, verified: boolean, timeout: number): Promise<ReadRates> {
  const socket = join(folder, 'probe.sock');
  const timed = async (command: string): Promise<number> => {
    const line = `sync; echo 3 > /proc/sys/vm/drop_caches; read a _ < /proc/uptime; ${command} || exit 1; read b _ < /proc/uptime; echo $a $b`;
    const { status, output } = await shellLine(socket, line, timeout);
    const [before = Number.NaN, after = Number.NaN] = output.trim().split(/\s+/).map(Number);
    if (status === 0 && after > before) return after - before;
    throw new BenchError('wrong-answer', `'${command}' in the VM said: ${output}`, 'report it');
  };
  const device = (name: string) =>
    timed(`dd if=/dev/${name} of=/dev/null bs=1M count=${PIECE} 2>/dev/null`).then((took) => PIECE / took);
  const size = await shellLine(socket, `stat -Lc %s ${FILES}`, timeout);
  const bytes = size.output.trim().split(/\s+/).map(Number);
  const mebibytes = bytes.reduce((sum, each) => sum + each, 0) / 2 ** 20;
  return {
    disk: await device(DISK),
    verity: verified ? await device('dm-0') : undefined,
    files: mebibytes / (await timed(`cat ${FILES} > /dev/null`)),
  };
}
