import { median } from '../statistics.ts';
import type { BootTimes, Contender, ReadRates } from './sample.ts';

/** What verification may take of a boot to ready. */
export const MOST_SHARE = 0.15;

export interface Samples {
  boots: readonly BootTimes[];
  reads: readonly ReadRates[];
}

export interface VerificationResult extends Record<Contender, Samples> {
  /** Medians, milliseconds from the kernel's start. */
  dockerd: Record<Contender, number>;
  ready: Record<Contender, number>;
  /** What is added until dockerd is started, as a part of the verified boot to ready. */
  share: number;
  /** Medians, MiB a second. */
  cold: { disk: number; verity: number; files: Record<Contender, number> };
}

export function resultOf(verified: Samples, unverified: Samples): VerificationResult {
  const both = (pick: (samples: Samples) => number[]) => ({
    verified: median(pick(verified)),
    unverified: median(pick(unverified)),
  });
  const dockerd = both(({ boots }) => boots.map((boot) => boot.dockerd));
  const ready = both(({ boots }) => boots.map((boot) => boot.ready));
  return {
    verified,
    unverified,
    dockerd,
    ready,
    share: (dockerd.verified - dockerd.unverified) / ready.verified,
    cold: {
      disk: median(verified.reads.map(({ disk }) => disk)),
      verity: median(verified.reads.flatMap(({ verity }) => verity ?? [])),
      files: both(({ reads }) => reads.map(({ files }) => files)),
    },
  };
}

export function renderVerification({ dockerd, ready, share, cold }: VerificationResult): string {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`;
  const rate = (value: number) => `${value.toFixed(0)} MiB/s`;
  return [
    `dockerd started after ${seconds(dockerd.verified)} s, without verification ${seconds(dockerd.unverified)} s`,
    `ready after ${seconds(ready.verified)} s, without ${seconds(ready.unverified)} s`,
    `verification takes ${percent(share)} of the boot to ready (less than ${percent(MOST_SHARE)} is wanted)`,
    `cold reads: disk ${rate(cold.disk)}, through dm-verity ${rate(cold.verity)} (${(cold.verity / cold.disk).toFixed(2)})`,
    `files of the root: ${rate(cold.files.verified)}, without dm-verity ${rate(cold.files.unverified)} (${(cold.files.verified / cold.files.unverified).toFixed(2)})`,
  ].join('\n');
}
