import { Random } from '../fuzz/random.ts';

/** What a long test does differently each time; the same with BULKHEAD_SEED of a run that failed. */
export function chance(): Random {
  const seed = Number(process.env.BULKHEAD_SEED ?? Date.now() % 2 ** 31);
  console.log(`BULKHEAD_SEED=${seed}`);
  return new Random(seed);
}
