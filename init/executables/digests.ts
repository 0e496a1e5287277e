import { Worker } from 'node:worker_threads';
import type { DigestResult, DigestTask } from './digest-worker.ts';

/** Something to hash: an open descriptor, and about how much work it is. */
export interface DigestJob {
  descriptor: number;
  size: number;
}

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

/**
 * BLAKE2b-512 of open files, computed in threads that end with their task, so that PID 1 goes on with the boot.
 * @returns what was read of each, by descriptor
 */
export async function digestAll(
  jobs: readonly DigestJob[],
  lanes: number,
  workerPath: string,
): Promise<Map<number, DigestResult>> {
  const results = await Promise.all(
    spread(jobs, lanes).map((lane) =>
      digestLane({ descriptors: lane.map((job) => job.descriptor) }, workerPath),
    ),
  );
  return new Map(results.flat().map((result) => [result.descriptor, result]));
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
