import type { Failure, PhaseReport } from '../services/channel/protocol/methods.ts';
import { describeFailure } from './failure.ts';
import type { Machine } from './machine.ts';
import type { Phase } from './phase.ts';

/** How a boot ended: every phase is in a final state. */
export interface SequenceResult {
  outcome: 'done' | 'degraded' | 'held' | 'preempted';
  failure?: Failure;
}

/** What a sequence tells of itself while it runs. */
export interface SequenceObserver {
  onPhase(report: PhaseReport, summary?: string): void;
  /** A phase has failed whose policy is to hold: what does not need it still ends, the boot will not. */
  onHold(failure: Failure): void;
}

/**
 * Checks a list of phases without running it.
 * @throws {RangeError} when a name is there twice, or a phase needs one that does not stand before it: thus
 * the list has no cycle and reads in a possible order.
 */
export function checkPhases(phases: readonly Phase[]): void {
  const before = new Set<string>();
  for (const phase of phases) {
    if (before.has(phase.name)) throw new RangeError(`phase ${phase.name} is there twice`);
    for (const need of phase.needs) {
      if (!before.has(need))
        throw new RangeError(`phase ${phase.name} needs ${need}, which does not stand before it`);
    }
    before.add(phase.name);
  }
}

/** Runs each phase as soon as those it needs are done, and follows its failure policy. Never rejects. */
export class Sequence {
  readonly #phases: readonly Phase[];
  readonly #reports: Map<string, PhaseReport>;
  readonly #observer: SequenceObserver;
  readonly #now: () => number;
  #failure: Failure | undefined;
  #preempted = false;

  /** @param now milliseconds since the kernel started. */
  constructor(phases: readonly Phase[], observer: SequenceObserver, now: () => number) {
    checkPhases(phases);
    this.#phases = phases;
    this.#observer = observer;
    this.#now = now;
    this.#reports = new Map(phases.map((phase) => [phase.name, { name: phase.name, state: 'waiting' }]));
  }

  reports(): PhaseReport[] {
    return [...this.#reports.values()];
  }

  /** A shutdown has begun: phases that run end as they may, none is begun any more. */
  preempt(): void {
    this.#preempted = true;
  }

  async run(machine: Machine): Promise<SequenceResult> {
    const runs = new Map<string, Promise<void>>();
    for (const phase of this.#phases) {
      const needed = phase.needs.map((name) => runs.get(name));
      runs.set(
        phase.name,
        Promise.all(needed).then(() => this.#runOne(phase, machine)),
      );
    }
    await Promise.all(runs.values());
    return this.#result();
  }

  #result(): SequenceResult {
    if (this.#preempted) return { outcome: 'preempted' };
    if (this.#failure === undefined) return { outcome: 'done' };
    const held = this.#phases.some(
      (phase) => phase.onFailure === 'hold' && this.#stateOf(phase.name) !== 'done',
    );
    return { outcome: held ? 'held' : 'degraded', failure: this.#failure };
  }

  async #runOne(phase: Phase, machine: Machine): Promise<void> {
    if (this.#preempted || phase.needs.some((name) => !this.#mayFollow(name))) {
      this.#set({ name: phase.name, state: 'skipped' });
      return;
    }
    const startedAt = this.#now();
    this.#set({ name: phase.name, state: 'running', startedAt });
    try {
      const summary = await phase.run(machine);
      this.#set({ name: phase.name, state: 'done', startedAt, duration: this.#now() - startedAt }, summary);
    } catch (error) {
      const failure = describeFailure(error);
      const first = this.#failure === undefined;
      this.#failure ??= failure;
      this.#set({ name: phase.name, state: 'failed', startedAt, duration: this.#now() - startedAt, failure });
      if (first && phase.onFailure === 'hold' && !this.#preempted) this.#observer.onHold(failure);
    }
  }

  #stateOf(name: string): PhaseReport['state'] | undefined {
    return this.#reports.get(name)?.state;
  }

  #mayFollow(name: string): boolean {
    const policy = this.#phases.find((phase) => phase.name === name)?.onFailure;
    const state = this.#stateOf(name);
    return state === 'done' || (state === 'failed' && policy === 'continue');
  }

  #set(state: PhaseReport, summary?: string): void {
    const needs = this.#phases.find(({ name }) => name === state.name)?.needs ?? [];
    const report = needs.length === 0 ? state : { ...state, needs: [...needs] };
    this.#reports.set(report.name, report);
    this.#observer.onPhase(report, summary);
  }
}
