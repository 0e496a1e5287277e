import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { digestOf } from './digest.ts';
import type { DigestResult, DigestTask } from './digest-worker.ts';

/** Something to hash: an open descriptor, and about how much work it is. */
export interface DigestJob {
  descriptor: number;
  size: number;
}

/**
 * Bytes up to which a file is hashed in PID 1's own thread: another thread takes longer than that to start, where the
 * machine is emulated, and V8 gives back little of what it had.
 */
const SMALL = 2 * 1024 * 1024;

/**
 * Spreads jobs over at most `lanes` lists of about equal size: the largest first, each to the emptiest list.
 * Pure.
 */
export function spread(jobs: readonly DigestJob[], lanes: number): DigestJob[][] {
  const lists = Array.from({ length: Math.min(lanes, jobs.length) }, () => ({
    jobs: [] as DigestJob[],
    size: 0,
  }));
  for (const job of [...jobs].sort((a, b) => b.size - a.size)) {
    const emptiest = lists.reduce((least, list) => (list.size < least.size ? list : least));
    emptiest.jobs.push(job);
    emptiest.size += job.size;
  }
  return lists.map((list) => list.jobs);
}

/** BLAKE2b-512 of open files, each computed once, whoever asks. */
export class Digests {
  readonly #workerPath: string;
  readonly #known = new Map<number, Promise<DigestResult>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(workerPath: string) {
    this.#workerPath = workerPath;
  }

  /**
   * Small files one after the other, with a turn of the event loop between two; large ones in threads that end with
   * their task. @param lanes threads @returns what was read of each, in the order of `jobs`
   */
  of(jobs: readonly DigestJob[], lanes: number): Promise<DigestResult[]> {
    const fresh = jobs.filter(({ descriptor }) => !this.#known.has(descriptor));
    const small = fresh.filter(({ size }) => size <= SMALL).sort((a, b) => a.size - b.size);
    for (const job of small) this.#known.set(job.descriptor, this.#digestHere(job));
    for (const lane of spread(
      fresh.filter(({ size }) => size > SMALL),
      lanes,
    )) {
      const results = digestLane({ descriptors: lane.map(({ descriptor }) => descriptor) }, this.#workerPath);
      for (const { descriptor } of lane) this.#known.set(descriptor, pick(results, descriptor));
    }
    return Promise.all(jobs.map(({ descriptor }) => pick(this.#known.get(descriptor), descriptor)));
  }

  #digestHere({ descriptor, size }: DigestJob): Promise<DigestResult> {
    const result = this.#last.then(async () => {
      await setImmediate();
      return { descriptor, ...digestOf(descriptor, Buffer.allocUnsafeSlow(Math.max(size, 1))) };
    });
    this.#last = result.catch(() => undefined); // whoever asked for it hears of that
    return result;
  }
}

async function pick(
  results: Promise<DigestResult | DigestResult[]> | undefined,
  descriptor: number,
): Promise<DigestResult> {
  const found = [await results].flat().find((result) => result?.descriptor === descriptor);
  if (found === undefined) throw new Error(`descriptor ${descriptor} was not hashed`);
  return found;
}

function digestLane(task: DigestTask, workerPath: string): Promise<DigestResult[]> {
  return new Promise((resolve, reject) => {
    const results: DigestResult[] = [];
    const worker = new Worker(workerPath, { workerData: task, execArgv: [], env: {} });
    worker.on('message', (result: DigestResult) => results.push(result));
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (code === 0 && results.length === task.descriptors.length) resolve(results);
      else reject(new Error(`a hashing thread ended early (exit code ${code})`));
    });
  });
}
