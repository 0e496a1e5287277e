import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { helloImage } from '../../image/hello/busybox-image.ts';
import { BenchError } from '../error.ts';
import { median } from '../statistics.ts';
import { removeMany, startMany } from './many.ts';

/** Who is compared: Bulkhead's runtime, and plain runc. */
export type Contender = 'bulkhead' | 'stock';

/** As they are named in the VM that has both. */
const runtimes: Readonly<Record<Contender, string>> = { bulkhead: 'sysbox-runc', stock: 'runc' };

/** Something to time. Less is better. */
export interface Workload {
  name: string;
  /** What the ratio bulkhead : stock may be at most. */
  limit: number;
  /**
   * Which of the measurements stands for all. What disturbs work in one process, the emulator's and this machine's disk,
   * only ever adds to it, so there the best is what the runtime is answerable for.
   */
  represent: (seconds: readonly number[]) => number;
  /** @returns seconds */
  measure(engine: EngineClient, contender: Contender, resident: string): Promise<number>;
}

const Image = helloImage.reference;
/**
 * Runs shell text in the resident container, a few times; each times itself by busybox's own clock: the way to it does not
 * count. Nor does what the way before leaves to be cleaned up: without a pause, that of plain runc falls into the other's
 * time.
 */
function inside(name: string, limit: number, text: string): Workload {
  const line = `sleep 2; for i in 1 2 3; do a=$EPOCHREALTIME; ${text}; echo $a $EPOCHREALTIME; done`;
  return {
    name,
    limit,
    represent: best,
    async measure(engine, _, resident) {
      const { stdout, exitCode, stderr } = await engine.execute(resident, ['sh', '-ec', line]);
      const times = [...stdout.matchAll(/^([\d.]+) ([\d.]+)$/gm)].map(
        ([, from, to]) => Number(to) - Number(from),
      );
      if (exitCode !== 0 || times.length !== 3 || !times.every((time) => time > 0))
        throw new BenchError('wrong-answer', `${name} wrote '${stdout}${stderr}'`, 'report it');
      return best(times);
    },
  };
}

const best = (seconds: readonly number[]): number => Math.min(...seconds);

/** Times a command as its user sees it. */
function outside(
  name: string,
  limit: number,
  run: (engine: EngineClient, contender: Contender, resident: string) => Promise<{ exitCode: number }>,
): Workload {
  return {
    name,
    limit,
    represent: median,
    async measure(engine, contender, resident) {
      const begun = performance.now();
      const { exitCode } = await run(engine, contender, resident);
      if (exitCode !== 0) throw new BenchError('wrong-answer', `${name} ended with ${exitCode}`, 'report it');
      return (performance.now() - begun) / 1000;
    },
  };
}

const large = (folder: string) =>
  `dd if=/dev/zero of=${folder}/large bs=64k count=1500 conv=fsync 2>/dev/null; dd if=${folder}/large of=/dev/null bs=64k 2>/dev/null; rm ${folder}/large`;
const small = (folder: string) =>
  `mkdir ${folder}/small; for n in $(seq 1200); do echo $n > ${folder}/small/$n; done; cat ${folder}/small/* > /dev/null; rm -r ${folder}/small`;

/** Throughput of at least 0.97 is time of at most 1 / 0.97. */
const IO = 1 / 0.97;

export const workloads: readonly Workload[] = [
  outside('docker run --rm of a trivial command', 1, (engine, contender) =>
    runContainer(engine, { Image, Cmd: ['true'], HostConfig: { Runtime: runtimes[contender] } }),
  ),
  outside('docker exec of a trivial command', 1.05, (engine, _, resident) =>
    engine.execute(resident, ['true']),
  ),
  inside('large file in the root', IO, large('/root')),
  inside('1200 small files in the root', IO, small('/root')),
  inside('large file on a volume', IO, large('/volume')),
  inside('1200 small files on a volume', IO, small('/volume')),
];

/** The container that `exec` and the file workloads use. */
export async function startResident(engine: EngineClient, contender: Contender): Promise<string> {
  const HostConfig = { Runtime: runtimes[contender], Binds: [`${contender}:/volume`] };
  const id = await engine.createContainer({ Image, Cmd: ['sleep', '100000'], HostConfig });
  await engine.startContainer(id);
  return id;
}

/** @returns seconds until `count` containers run that are started at once, and until all are gone again */
export async function timeMany(
  engine: EngineClient,
  contender: Contender,
  count: number,
): Promise<{ up: number; down: number }> {
  const begun = performance.now();
  const HostConfig = { Runtime: runtimes[contender] };
  const ids = await startMany(engine, { Image, Cmd: ['sleep', '100000'], HostConfig }, count);
  const running = performance.now();
  await removeMany(engine, ids);
  return { up: (running - begun) / 1000, down: (performance.now() - running) / 1000 };
}
