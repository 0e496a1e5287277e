import { median } from '../statistics.ts';

/** What throughput with the authorization plugin may be at least, as a part of that without. */
export const LEAST_RATIO = 0.9;

export const contenders = ['authorized', 'unauthorized'] as const;
/** The engine with its authorization plugin, and the same engine without. */
export type Contender = (typeof contenders)[number];

/** One load. */
export interface LoadSample {
  seconds: number;
  /** Seconds of the machine's processors that the VM had meanwhile: on a busy machine, they say more than the other. */
  processor: number;
}

export type LoadSamples = Record<Contender, readonly LoadSample[]>;

export interface LoadResult {
  /** MiB */
  size: number;
  samples: LoadSamples;
  /** Of the medians, MiB a second. */
  rate: Record<Contender, number>;
  /** authorized : unauthorized */
  ratio: number;
  /** The same of the processors' time, MiB for each second of it. */
  processorRatio: number;
}

export function resultOf(size: number, samples: LoadSamples): LoadResult {
  const middle = (contender: Contender, what: keyof LoadSample) =>
    median(samples[contender].map((sample) => sample[what]));
  const rate = {
    authorized: size / middle('authorized', 'seconds'),
    unauthorized: size / middle('unauthorized', 'seconds'),
  };
  return {
    ...{ size, samples, rate },
    ratio: rate.authorized / rate.unauthorized,
    processorRatio: middle('unauthorized', 'processor') / middle('authorized', 'processor'),
  };
}

export function renderLoad({ size, samples, rate, ratio, processorRatio }: LoadResult): string {
  const line = (contender: Contender, what: string) => {
    const list = (of: keyof LoadSample) => samples[contender].map((each) => each[of].toFixed(1)).join(', ');
    return `${what}: ${rate[contender].toFixed(1)} MiB/s (${list('seconds')} s; processors ${list('processor')} s)`;
  };
  return [
    `docker load of ${size} MiB`,
    line('authorized', 'with the authorization plugin'),
    line('unauthorized', 'without'),
    `ratio ${ratio.toFixed(2)} (at least ${LEAST_RATIO.toFixed(2)} is wanted), of the processors' time ${processorRatio.toFixed(2)}`,
  ].join('\n');
}
