import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { ExecutablesManifest } from '../../policy/manifest/executables.ts';

/**
 * In place of init/executables/digest-worker.ts where the cost of hashing is measured: answers with what the list
 * says, without a look at the file. Never in an image that ships (image/build.ts).
 */
const { executables } = JSON.parse(
  readFileSync('/usr/lib/bulkhead/executables.json', 'utf8'),
) as ExecutablesManifest;

for (const descriptor of (workerData as { descriptors: number[] }).descriptors) {
  const path = readlinkSync(`/proc/self/fd/${descriptor}`);
  const blake2b512 = executables.find((entry) => entry.path === path)?.blake2b512 ?? '';
  parentPort?.postMessage({ descriptor, blake2b512, size: fstatSync(descriptor).size });
}
