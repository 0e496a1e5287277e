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
  /** The same image with an init that only mounts and starts the engine. */
  floor: Summary;
  /** Bulkhead's median by those of the others: below one, Bulkhead is faster. */
  ratios: Readonly<Record<Exclude<Name, 'bulkhead'>, number>>;
  /** Why the comparison is not one of equals; empty when it is. */
  unequal: string[];
}

/** Who boots when: each one's first boot, then turn by turn, so that a slow minute hits all. */
export function order(runs: number): Name[] {
  return Array.from({ length: runs + 1 }, (): Name[] => ['bulkhead', 'debian', 'floor']).flat();
}

/** @param samples in the order of {@link order}: the first of each is the first boot of a new disk */
export function compare(samples: readonly BootSample[]): Comparison {
  const of = (name: Name) => summarise(samples.filter(({ contender }) => contender === name));
  const [bulkhead, debian, floor] = [of('bulkhead'), of('debian'), of('floor')];
  const unequal = (['kernel', 'engine'] as const).flatMap((what) =>
    Object.entries({ Debian: debian, 'the floor': floor })
      .filter(([, other]) => bulkhead[what] !== other[what])
      .map(([name, other]) => `${what}: Bulkhead has ${bulkhead[what]}, ${name} has ${other[what]}`),
  );
  const ratios = { debian: bulkhead.median / debian.median, floor: bulkhead.median / floor.median };
  return { bulkhead, debian, floor, ratios, unequal };
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
