import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../host/engine/client.ts';
import { connectEngine } from '../../host/engine/connect.ts';
import { takeLock } from '../../host/machine/lock.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import { shellLine, shellPort } from '../../image/flavour-shell.ts';
import type { Hardware } from '../boot/hardware.ts';
import { BenchError } from '../error.ts';
import { BenchVm } from '../vm.ts';
import { writeLargeImage } from './image.ts';
import { processorSecondsOf } from './processor.ts';
import { type Contender, contenders, type LoadResult, type LoadSample, resultOf } from './result.ts';

export interface LoadBenchmark {
  /** The project's folder. */
  root: string;
  cache: string;
  hardware: Hardware;
  /** MiB */
  size: number;
  /** Loads of each. */
  runs: number;
  say(line: string): void;
}

const reference = 'bulkhead-bench/large:latest';
/** Init writes it; dockerd reads which plugins it asks there when it gets SIGHUP (dockerd(8)). */
const CONFIGURATION = '/run/bulkhead/daemon.json';
const PLUGINS = 'authorization-plugins';
/** Milliseconds. */
const SOON = 60_000;

/**
 * Loads one image again and again into one engine, with its authorization plugin and without, the first one changing. The
 * first round does not count. Each load begins without the image.
 */
export async function runLoadBenchmark(options: LoadBenchmark): Promise<LoadResult> {
  const { root, cache, size, say } = options;
  const folder = join(cache, 'bench/load');
  await mkdir(folder, { recursive: true });
  const lock = await takeLock(join(cache, 'bench/lock'));
  const file = join(folder, 'large.tar');
  try {
    const image = await flavourImage('test', { root, cache });
    say(`writing an image of ${size} MiB`);
    await writeLargeImage(file, reference, size * 2 ** 20);
    return await inVm(image, folder, options, (vm) => measure(file, vm, options));
  } finally {
    await rm(file, { force: true });
    await lock.release();
  }
}

type Shell = (line: string) => Promise<string>;

interface Measured {
  engine: EngineClient;
  shell: Shell;
  /** Seconds of this machine's processors that the VM has had. */
  processor(): number;
}

async function inVm<T>(
  image: string,
  folder: string,
  { hardware, say }: LoadBenchmark,
  work: (vm: Measured) => Promise<T>,
): Promise<T> {
  const vm = new BenchVm('bench-load', folder);
  const socket = join(folder, 'probe.sock');
  await vm.remove();
  say('booting');
  try {
    await vm.start(hardware, { image, boot: 'direct', extraQemuArguments: shellPort(socket) });
    return await work({
      engine: await connectEngine(vm.paths),
      shell: async (line) => {
        const { status, output } = await shellLine(socket, line, SOON);
        if (status !== 0) throw new BenchError('wrong-answer', `'${line}' said ${output}`, 'report it');
        return output;
      },
      processor: () => processorSecondsOf(vm.paths.pidFile),
    });
  } finally {
    await vm.remove();
  }
}

async function measure(
  file: string,
  { engine, shell, processor }: Measured,
  { size, runs, say }: LoadBenchmark,
): Promise<LoadResult> {
  const samples: Record<Contender, LoadSample[]> = { authorized: [], unauthorized: [] };
  const configuration = JSON.parse(await shell(`cat ${CONFIGURATION}`)) as Record<string, unknown>;
  for (let round = 0; round <= runs; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      await become(contender, configuration, engine, shell);
      const [begun, had] = [performance.now(), processor()];
      const loaded = await engine.loadImage(file);
      const sample = { seconds: (performance.now() - begun) / 1000, processor: processor() - had };
      if (!loaded.includes(reference))
        throw new BenchError('wrong-answer', `loaded was ${loaded.join(', ')}`, 'report it');
      say(
        `${contender.padEnd(12)} ${sample.seconds.toFixed(1)} s, processors ${sample.processor.toFixed(1)} s`,
      );
      if (round > 0) samples[contender].push(sample);
      await engine.request('DELETE', `/images/${encodeURIComponent(reference)}`, { timeout: SOON });
      await shell('sync');
    }
  }
  return resultOf(size, samples);
}

/** Refused to everybody by the plugin, as no endpoint that is offered; without, the engine looks for the container. */
const PROBE = '/containers/none/checkpoints';

/**
 * Tells dockerd whether to ask its plugin, and waits until it does so, or no longer: `/info` goes on to name what it was
 * started with.
 */
async function become(
  contender: Contender,
  configuration: Record<string, unknown>,
  engine: EngineClient,
  shell: Shell,
): Promise<void> {
  // on SIGHUP dockerd leaves what is not named as it is (moby, cmd/dockerd/daemon.go, reloadConfig)
  const wanted = contender === 'authorized' ? configuration : { ...configuration, [PLUGINS]: [] };
  await shell(`printf %s '${JSON.stringify(wanted)}' > ${CONFIGURATION} && kill -HUP $(cat /run/docker.pid)`);
  for (const end = performance.now() + SOON; ; await sleep(200)) {
    const { status } = await engine.request('GET', PROBE);
    if ((status === 403) === (contender === 'authorized')) return;
    if (performance.now() > end)
      throw new BenchError('wrong-answer', `dockerd is not ${contender}: it answers ${status}`, 'report it');
  }
}
