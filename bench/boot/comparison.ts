import { median } from '../statistics.ts';
import type { Contender } from './contender.ts';
import type { BootSample } from './sample.ts';

type Name = Contender['name'];

/** Milliseconds. */
export interface Summary {
  firstBoot: number;
  /** Of later boots, in order. */
  ready: number[];
  median: number;
  /** Median of later boots. */
  container: number;
  kernel: string;
  engine: string;
}

export interface Comparison {
  bulkhead: Summary;
  debian: Summary;
  /** Bulkhead's median by Debian's: below one, Bulkhead is faster. */
  ratio: number;
  /** Why the comparison is not one of equals; empty when it is. */
  unequal: string[];
}

/** Who boots when: each one's first boot, then turn by turn, so that a slow minute hits both. */
export function order(runs: number): Name[] {
  return Array.from({ length: runs + 1 }, (): Name[] => ['bulkhead', 'debian']).flat();
}

/** @param samples in the order of {@link order}: the first of each is the first boot of a new disk */
export function compare(samples: readonly BootSample[]): Comparison {
  const bulkhead = summarise(samples.filter(({ contender }) => contender === 'bulkhead'));
  const debian = summarise(samples.filter(({ contender }) => contender === 'debian'));
  const unequal = (['kernel', 'engine'] as const)
    .filter((what) => bulkhead[what] !== debian[what])
    .map((what) => `${what}: Bulkhead has ${bulkhead[what]}, Debian has ${debian[what]}`);
  return { bulkhead, debian, ratio: bulkhead.median / debian.median, unequal };
}

function summarise(samples: readonly BootSample[]): Summary {
  const [first, ...later] = samples;
  if (first === undefined) throw new RangeError('nothing was measured');
  const ready = later.map((sample) => sample.ready);
  return {
    firstBoot: first.ready,
    ready,
    median: median(ready),
    container: median(later.map(({ container }) => container)),
    kernel: first.kernel,
    engine: first.engine,
  };
}
