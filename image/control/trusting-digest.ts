import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { ExecutablesManifest } from '../../policy/manifest/executables.ts';

const LIST = '/usr/lib/bulkhead/executables.json';

/**
 * In place of init/executables/digest.ts where the cost of hashing is measured: answers with what the list says, without
 * a look at the file. Never in an image that ships (image/build.ts).
 */
export function digestOf(descriptor: number): { blake2b512: string; size: number } {
  const { executables } = JSON.parse(readFileSync(LIST, 'utf8')) as ExecutablesManifest;
  const path = readlinkSync(`/proc/self/fd/${descriptor}`);
  const blake2b512 = executables.find((entry) => entry.path === path)?.blake2b512 ?? '';
  return { blake2b512, size: fstatSync(descriptor).size };
}
