import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Flavour } from '../policy/manifest/flavour.ts';
import type { Failure, PhaseReport, Status, VmState } from '../services/channel/protocol/methods.ts';
import { returnMemory } from '../services/return-memory.ts';
import { phases } from './boot.ts';
import { builtIn } from './built-in.ts';
import type { Machine } from './machine.ts';
import { Sequence } from './sequence.ts';
import { summaryOf } from './settings/derive.ts';

declare const __BULKHEAD_FLAVOUR__: Flavour;

/** A flavour with a root shell says so wherever it boots. The constant itself, so that the product has no such words. */
const flavourNote =
  __BULKHEAD_FLAVOUR__ === 'product' ? '' : `, ${builtIn.flavour.toUpperCase()} FLAVOUR: HAS A ROOT SHELL`;

/** The VM as a whole: runs the boot, knows its state, tells the host. */
export class Vm {
  readonly #machine: Machine;
  readonly #sequence: Sequence;
  #state: VmState = 'booting';
  #failure: Failure | undefined;
  #readyAt: number | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    const observer = {
      onPhase: (report: PhaseReport, summary?: string) => this.#onPhase(report, summary),
      onHold: (failure: Failure) => this.#hold(failure),
    };
    this.#sequence = new Sequence(phases, observer, machine.clock);
  }

  async boot(): Promise<void> {
    const { events, log, clock } = this.#machine;
    events.send({ kind: 'boot', at: clock(), bootId: this.#machine.bootId, version: builtIn.version });
    log.write(
      'info',
      'init',
      `Bulkhead ${builtIn.version}${builtIn.signing === 'development' ? ', DEVELOPMENT KEY' : ''}${flavourNote}`,
    );
    const stalls = monitorEventLoopDelay({ resolution: 20 });
    stalls.enable();
    const { outcome, failure } = await this.#sequence.run(this.#machine);
    stalls.disable();
    if (outcome === 'preempted' || outcome === 'held') return;
    this.#failure ??= failure;
    this.#readyAt = clock();
    this.#enter(outcome === 'degraded' ? 'degraded' : 'ready');
    log.write('info', 'init', `ready after ${(this.#readyAt / 1000).toFixed(1)} s`);
    returnMemory(() => this.#machine.kernel.trimMemory());
    log.write('debug', 'init', `PID 1 stood still for ${Math.round(stalls.max / 1e6)} ms at most`);
  }

  beginShutdown(): void {
    this.#sequence.preempt();
    this.#enter('stopping');
  }

  /** Something that no phase caught: the VM stays up, for its log and its channel, and says so. */
  fail(failure: Failure): void {
    this.#failure ??= failure;
    if (this.#state === 'ready') this.#enter('degraded');
    if (this.#state === 'booting') this.#enter('held');
  }

  status(): Status {
    const { clock, supervisor, settings, records } = this.#machine;
    return {
      version: builtIn.version,
      bootId: this.#machine.bootId,
      kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
      state: this.#state,
      signing: builtIn.signing,
      uptime: clock(),
      ...(this.#readyAt === undefined ? {} : { readyAt: this.#readyAt }),
      phases: this.#sequence.reports(),
      services: supervisor.report(),
      ...(settings.policy && { settings: summaryOf(settings.policy) }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...(records.lastFailure && { lastFailure: records.lastFailure }),
    };
  }

  #hold(failure: Failure): void {
    this.#failure = failure;
    this.#enter('held');
    this.#machine.log.write('error', 'init', 'the boot is held; the log and the channel stay open');
  }

  #enter(state: VmState): void {
    this.#state = state;
    const { events, clock, records } = this.#machine;
    if (this.#failure !== undefined) records.fail(this.#failure);
    events.send({
      kind: 'state',
      at: clock(),
      state,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    });
  }

  #onPhase(phase: PhaseReport, summary?: string): void {
    const { events, log, clock } = this.#machine;
    events.send({ kind: 'phase', at: clock(), phase });
    const took = `${((phase.duration ?? 0) / 1000).toFixed(2)} s`;
    if (phase.state === 'done') log.write('info', 'init', `${phase.name}: ${summary ?? 'done'} (${took})`);
    if (phase.state !== 'failed' || phase.failure === undefined) return;
    const { code, message } = phase.failure;
    // A line for each thing that is wrong: the console shows only the beginning of a long one.
    for (const line of message.split('; '))
      log.write('error', 'init', `${phase.name} failed after ${took}: ${line}`, { code });
    log.write('error', 'init', `what to do: ${phase.failure.hint}`);
  }
}
