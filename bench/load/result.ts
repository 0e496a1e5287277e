import { median } from '../statistics.ts';

/** What throughput with the authorization plugin may be at least, as a part of that without. */
export const LEAST_RATIO = 0.9;

export const contenders = ['authorized', 'unauthorized'] as const;
/** The engine with its authorization plugin, and the same engine without. */
export type Contender = (typeof contenders)[number];

export interface LoadResult {
  /** MiB */
  size: number;
  /** Seconds of each load. */
  seconds: Record<Contender, readonly number[]>;
  /** Of the medians, MiB a second. */
  rate: Record<Contender, number>;
  /** authorized : unauthorized */
  ratio: number;
}

export function resultOf(size: number, seconds: Record<Contender, readonly number[]>): LoadResult {
  const rate = {
    authorized: size / median(seconds.authorized),
    unauthorized: size / median(seconds.unauthorized),
  };
  return { size, seconds, rate, ratio: rate.authorized / rate.unauthorized };
}

export function renderLoad({ size, seconds, rate, ratio }: LoadResult): string {
  const line = (contender: Contender, what: string) =>
    `${what}: ${rate[contender].toFixed(1)} MiB/s (${seconds[contender].map((each) => each.toFixed(1)).join(', ')} s)`;
  return [
    `docker load of ${size} MiB`,
    line('authorized', 'with the authorization plugin'),
    line('unauthorized', 'without'),
    `ratio ${ratio.toFixed(2)} (at least ${LEAST_RATIO.toFixed(2)} is wanted)`,
  ].join('\n');
}
