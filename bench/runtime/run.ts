import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '../../host/machine/lock.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import { hardware } from '../boot/hardware.ts';
import { median } from '../statistics.ts';
import { type Contender, type RunningVm, startVm } from './machine.ts';
import { startMany, startResident, workloads } from './workloads.ts';

export interface RuntimeBenchmark {
  /** The project's folder. */
  root: string;
  dist: string;
  cache: string;
  /** Measurements of each workload and VM. */
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
  /** Of the medians, bulkhead : stock. */
  ratio: number;
  limit: number;
}

const contenders: readonly Contender[] = ['bulkhead', 'stock'];

/**
 * Both VMs run at the same time and are measured in turn, the first one changing, so that what slows this machine down
 * slows both.
 */
export async function runRuntimeBenchmark(options: RuntimeBenchmark): Promise<RuntimeResult[]> {
  const { root, cache, dist, say } = options;
  await mkdir(join(cache, 'bench'), { recursive: true });
  const lock = await takeLock(join(cache, 'bench/lock'));
  const running: RunningVm[] = [];
  try {
    const stock = await flavourImage('stock', { root, cache });
    const vms: Partial<Record<Contender, RunningVm>> = {};
    for (const contender of contenders) {
      say(`${contender}: booting`);
      const image = contender === 'stock' ? stock : dist;
      const vm = await startVm(contender, image, join(cache, 'bench/runtime'), hardware);
      vms[contender] = vm;
      running.push(vm);
    }
    return await measure(vms as Record<Contender, RunningVm>, options);
  } finally {
    for (const vm of running) await vm.stop();
    await lock.release();
  }
}

async function measure(
  vms: Record<Contender, RunningVm>,
  { runs, parallel, say }: RuntimeBenchmark,
): Promise<RuntimeResult[]> {
  const resident = {
    bulkhead: await startResident(vms.bulkhead.engine),
    stock: await startResident(vms.stock.engine),
  };
  const results: RuntimeResult[] = [];
  for (const { name, limit, measure } of workloads) {
    const seconds: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    // the first round warms caches and does not count
    for (let round = 0; round <= runs; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const took = await measure(vms[contender].engine, resident[contender]);
        if (round > 0) seconds[contender].push(took);
      }
    }
    results.push(resultOf(name, limit, seconds, say));
  }
  if (parallel > 0) {
    const up: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    const down: Record<Contender, number[]> = { bulkhead: [], stock: [] };
    for (const contender of contenders) {
      const took = await startMany(vms[contender].engine, parallel);
      up[contender].push(took.up);
      down[contender].push(took.down);
    }
    results.push(resultOf(`${parallel} containers started at once`, Number.POSITIVE_INFINITY, up, say));
    results.push(resultOf(`${parallel} containers removed at once`, Number.POSITIVE_INFINITY, down, say));
  }
  return results;
}

function resultOf(
  workload: string,
  limit: number,
  { bulkhead, stock }: Record<Contender, number[]>,
  say: (line: string) => void,
): RuntimeResult {
  const ratio = median(bulkhead) / median(stock);
  const show = (values: readonly number[]) => median(values).toFixed(2);
  const bound = Number.isFinite(limit) ? ` (at most ${limit.toFixed(2)})` : '';
  say(`${workload}: ${show(bulkhead)} s against ${show(stock)} s, ratio ${ratio.toFixed(2)}${bound}`);
  return { workload, bulkhead, stock, ratio, limit };
}
