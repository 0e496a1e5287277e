import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readEvents } from '../../host/events/events.ts';
import { takeLock } from '../../host/machine/lock.ts';
import { flavourImage } from '../../image/flavour-image.ts';
import { shellPort } from '../../image/flavour-shell.ts';
import type { Hardware } from '../boot/hardware.ts';
import { BenchVm } from '../vm.ts';
import { resultOf, type VerificationResult } from './result.ts';
import { type BootTimes, bootTimes, type Contender, contenders, type ReadRates, readCold } from './sample.ts';

export interface VerificationBenchmark {
  /** The project's folder. */
  root: string;
  cache: string;
  hardware: Hardware;
  /** Boots of each. */
  runs: number;
  say(line: string): void;
}

/**
 * Boots one image that checks itself, and one of the same parts whose stage 0 mounts the root as it is and whose hashes are
 * taken from the list, turn by turn. Both have a root shell; both are started without firmware, which checks before the
 * kernel starts. The first boot of each makes its disks and does not count.
 */
export async function runVerificationBenchmark(options: VerificationBenchmark): Promise<VerificationResult> {
  const { root, cache, runs, say } = options;
  const folder = join(cache, 'bench');
  await mkdir(folder, { recursive: true });
  const lock = await takeLock(join(folder, 'lock'));
  try {
    const images = {
      verified: await flavourImage('test', { root, cache }),
      unverified: await flavourImage('test', { root, cache, unverified: true }),
    };
    const samples = { verified: empty(), unverified: empty() };
    for (let round = 0; round <= runs; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const { boot, reads } = await measure(contender, images[contender], options);
        say(
          `${contender.padEnd(10)} dockerd started after ${(boot.dockerd / 1000).toFixed(1)} s, ready after ${(boot.ready / 1000).toFixed(1)} s`,
        );
        if (round === 0) continue;
        samples[contender].boots.push(boot);
        samples[contender].reads.push(reads);
      }
    }
    return resultOf(samples.verified, samples.unverified);
  } finally {
    await lock.release();
  }
}

function empty(): { boots: BootTimes[]; reads: ReadRates[] } {
  return { boots: [], reads: [] };
}

async function measure(
  contender: Contender,
  image: string,
  { cache, hardware }: VerificationBenchmark,
): Promise<{ boot: BootTimes; reads: ReadRates }> {
  const folder = join(cache, 'bench', contender);
  const vm = new BenchVm('bench-verification', folder);
  await mkdir(folder, { recursive: true });
  try {
    const extraQemuArguments = shellPort(join(folder, 'probe.sock'));
    await vm.start(hardware, { image, boot: 'direct', extraQemuArguments });
    const boot = bootTimes(await readEvents(vm.paths.events));
    return { boot, reads: await readCold(folder, contender === 'verified', hardware.deadline) };
  } finally {
    await vm.stop();
  }
}
