import { parentPort, workerData } from 'node:worker_threads';
import { type Digest, digestOf } from './digest.ts';

/** The worker's task: descriptors of this process to hash, in this order. */
export interface DigestTask {
  descriptors: number[];
}
/** One answer per descriptor. */
export interface DigestResult extends Digest {
  descriptor: number;
}

const CHUNK = 1024 * 1024;

const { descriptors } = workerData as DigestTask;
const chunk = Buffer.allocUnsafeSlow(CHUNK);
for (const descriptor of descriptors) parentPort?.postMessage({ descriptor, ...digestOf(descriptor, chunk) });
