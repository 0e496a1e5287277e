import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineClient } from '../../host/engine/client.ts';
import { takeLock } from '../../host/machine/lock.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import type { Hardware } from '../boot/hardware.ts';
import { median } from '../statistics.ts';
import { startVm } from './machine.ts';
import { type Contender, startResident, timeMany, type Workload, workloads } from './workloads.ts';

export interface RuntimeBenchmark {
  /** The project's folder. */
  root: string;
  cache: string;
  hardware: Hardware;
  /** Measurements of each workload and runtime. */
  runs: number;
  /** Containers to start at once; 0 for none. */
  parallel: number;
  say(line: string): void;
}

/** One workload. Seconds. */
export interface RuntimeResult {
  workload: string;
  bulkhead: number[];
  stock: number[];
  /** Of what stands for all of them, bulkhead : stock. */
  ratio: number;
  limit: number;
}

const contenders: readonly Contender[] = ['bulkhead', 'stock'];

/**
 * Both runtimes in one VM, of the flavour that has them both (image/flavours.ts), measured in turn, the first one
 * changing: two VMs of the same image differ by as much as what is to be measured.
 */
export async function runRuntimeBenchmark(options: RuntimeBenchmark): Promise<RuntimeResult[]> {
  const { root, cache, hardware, say } = options;
  await mkdir(join(cache, 'bench'), { recursive: true });
  const lock = await takeLock(join(cache, 'bench/lock'));
  try {
    const image = await flavourImage('stock', { root, cache });
    say('booting');
    const vm = await startVm(image, join(cache, 'bench/runtime'), hardware);
    try {
      return await measure(vm.engine, options);
    } finally {
      await vm.stop();
    }
  } finally {
    await lock.release();
  }
}

async function measure(
  engine: EngineClient,
  { runs, parallel, say }: RuntimeBenchmark,
): Promise<RuntimeResult[]> {
  const resident = {
    bulkhead: await startResident(engine, 'bulkhead'),
    stock: await startResident(engine, 'stock'),
  };
  const results: RuntimeResult[] = [];
  for (const { name, limit, represent, measure } of workloads) {
    const seconds: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    // the first round warms caches and does not count
    for (let round = 0; round <= runs; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const took = await measure(engine, contender, resident[contender]);
        if (round > 0) seconds[contender].push(took);
      }
    }
    results.push(resultOf(name, limit, represent, seconds, say));
  }
  if (parallel > 0) {
    const up: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    const down: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    for (const contender of contenders) {
      const took = await timeMany(engine, contender, parallel);
      up[contender].push(took.up);
      down[contender].push(took.down);
    }
    results.push(
      resultOf(`${parallel} containers started at once`, Number.POSITIVE_INFINITY, median, up, say),
    );
    results.push(resultOf(`${parallel} containers removed`, Number.POSITIVE_INFINITY, median, down, say));
  }
  return results;
}

function resultOf(
  workload: string,
  limit: number,
  represent: Workload['represent'],
  { bulkhead, stock }: Record<Contender, number[]>,
  say: (line: string) => void,
): RuntimeResult {
  const ratio = represent(bulkhead) / represent(stock);
  const show = (values: readonly number[]) => represent(values).toFixed(2);
  const bound = Number.isFinite(limit) ? ` (at most ${limit.toFixed(2)})` : '';
  say(`${workload}: ${show(bulkhead)} s against ${show(stock)} s, ratio ${ratio.toFixed(2)}${bound}`);
  return { workload, bulkhead, stock, ratio, limit };
}
