import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** The worker's task: descriptors of this process to hash, in this order. */
export interface DigestTask {
  descriptors: number[];
}
/** One answer per descriptor. */
export interface DigestResult {
  descriptor: number;
  blake2b512: string;
  size: number;
}

const CHUNK = 1024 * 1024;

function digest(descriptor: number, chunk: Buffer): DigestResult {
  const hash = createHash('blake2b512');
  let size = 0;
  for (;;) {
    const read = readSync(descriptor, chunk, 0, chunk.length, size);
    if (read === 0) return { descriptor, blake2b512: hash.digest('hex'), size };
    hash.update(chunk.subarray(0, read));
    size += read;
  }
}

const { descriptors } = workerData as DigestTask;
const chunk = Buffer.allocUnsafeSlow(CHUNK);
for (const descriptor of descriptors) parentPort?.postMessage(digest(descriptor, chunk));
