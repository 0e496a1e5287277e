import type { RuntimePolicy } from '../../../policy/runtime/policy.ts';
import { writeJson } from './json.ts';
import { decideResources } from './resources.ts';
import { readResources } from './spec.ts';

/**
 * The limits of `runc update --resources`, rebuilt. Devices are no limits: they stay as they were decided.
 * @throws Refused
 */
export function decideUpdate(document: Buffer, policy: RuntimePolicy): string {
  return writeJson(decideResources(readResources(document), policy, false));
}
