import type { Machine } from './machine.ts';

/**
 * What happens to the boot when a phase fails. `hold`: nothing that needs it is started; the VM stays up with
 * its log and its channel so that somebody can see why (never a silent boot loop). `continue`: the VM goes on
 * without it, marked as degraded.
 */
export type FailurePolicy = 'hold' | 'continue';

/** One named step of the boot. */
export interface Phase {
  name: string;
  /** Phases that must be done before this one begins. Phases that do not need each other overlap. */
  needs: readonly string[];
  onFailure: FailurePolicy;
  /** @returns a few words for the log about what was done. */
  run(machine: Machine): Promise<string> | string;
}
