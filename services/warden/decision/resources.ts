import type { RuntimePolicy } from '../../../policy/runtime/policy.ts';
import type { Resources } from './limits-schema.ts';
import { Refused, shown } from './refusal.ts';

/** Controllers whose files are limits; `cgroup.*` moves processes, and `pids.*` would undo the default limit. */
const LIMIT = /^(cpu|cpuset|hugetlb|io|memory)\.[a-zA-Z_.0-9]+$/;

/**
 * The limits asked for.
 * @param fallback whether a container without a limit of processes gets the policy's: not when limits are changed later
 * @throws Refused (cgroup)
 */
export function decideResources(asked: Resources, policy: RuntimePolicy, fallback: boolean) {
  const { memory, cpu, blockIO, hugepageLimits, unified, pids } = asked;
  for (const [file, value] of Object.entries(unified ?? {})) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: one write sets one value
    if (!LIMIT.test(file) || file.includes('..') || /[\u0000-\u001f]/.test(value))
      throw new Refused('cgroup', `cgroup setting ${shown(file)} is not allowed`);
  }
  const limit = pids?.limit;
  return {
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...((fallback || limit !== undefined) && {
      pids: { limit: limit === undefined || limit <= 0 ? policy.pidsLimit : limit },
    }),
    ...(blockIO && { blockIO }),
    ...(hugepageLimits && { hugepageLimits }),
    ...(unified && { unified }),
  };
}
