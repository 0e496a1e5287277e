import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { helloImage } from '../../image/hello/busybox-image.ts';
import { BenchError } from '../error.ts';

/** Something to time. Less is better. */
export interface Workload {
  name: string;
  /** What the ratio bulkhead : stock may be at most. */
  limit: number;
  /** @returns seconds */
  measure(engine: EngineClient, resident: string): Promise<number>;
}

const Image = helloImage.reference;
const clock = "sed 's/ .*//' /proc/uptime";

/** Runs shell text in the resident container, which times itself: the way to it does not count. */
function inside(name: string, limit: number, text: string): Workload {
  return {
    name,
    limit,
    async measure(engine, resident) {
      const line = `a=$(${clock}); ${text}; b=$(${clock}); echo $a $b`;
      const { stdout, exitCode, stderr } = await engine.execute(resident, ['sh', '-ec', line]);
      const [from, to] = stdout.trim().split(' ').map(Number);
      if (exitCode !== 0 || from === undefined || to === undefined || !(to > from))
        throw new BenchError('wrong-answer', `${name} wrote '${stdout}${stderr}'`, 'report it');
      return to - from;
    },
  };
}

/** Times a command as its user sees it. */
function outside(
  name: string,
  limit: number,
  run: (engine: EngineClient, resident: string) => Promise<{ exitCode: number }>,
): Workload {
  return {
    name,
    limit,
    async measure(engine, resident) {
      const begun = performance.now();
      const { exitCode } = await run(engine, resident);
      if (exitCode !== 0) throw new BenchError('wrong-answer', `${name} ended with ${exitCode}`, 'report it');
      return (performance.now() - begun) / 1000;
    },
  };
}

const large = (folder: string) =>
  `dd if=/dev/zero of=${folder}/large bs=64k count=1500 conv=fsync 2>/dev/null; dd if=${folder}/large of=/dev/null bs=64k 2>/dev/null; rm ${folder}/large`;
const small = (folder: string) =>
  `mkdir ${folder}/small; for i in $(seq 1200); do echo $i > ${folder}/small/$i; done; cat ${folder}/small/* > /dev/null; rm -r ${folder}/small`;

/** Throughput of at least 0.97 is time of at most 1 / 0.97. */
const IO = 1 / 0.97;

export const workloads: readonly Workload[] = [
  outside('docker run --rm of a trivial command', 1, (engine) =>
    runContainer(engine, { Image, Cmd: ['true'] }),
  ),
  outside('docker exec of a trivial command', 1.05, (engine, resident) => engine.execute(resident, ['true'])),
  inside('large file in the root', IO, large('/root')),
  inside('1200 small files in the root', IO, small('/root')),
  inside('large file on a volume', IO, large('/volume')),
  inside('1200 small files on a volume', IO, small('/volume')),
];

/** The container that `exec` and the file workloads use. */
export async function startResident(engine: EngineClient): Promise<string> {
  const HostConfig = { Binds: ['bench:/volume'] };
  const id = await engine.createContainer({ Image, Cmd: ['sleep', '100000'], HostConfig });
  await engine.startContainer(id);
  return id;
}

/** Starts many containers at once. @returns seconds until all run, and until all are gone again */
export async function startMany(engine: EngineClient, count: number): Promise<{ up: number; down: number }> {
  const begun = performance.now();
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const id = await engine.createContainer({ Image, Cmd: ['sleep', '100000'] });
      await engine.startContainer(id);
      return id;
    }),
  );
  const running = performance.now();
  await Promise.all(ids.map((id) => engine.removeContainer(id, { force: true })));
  return { up: (running - begun) / 1000, down: (performance.now() - running) / 1000 };
}
