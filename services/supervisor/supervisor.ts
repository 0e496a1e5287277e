import type { ServiceReport } from '../channel/protocol/methods.ts';
import { type BackoffPolicy, DEFAULT_BACKOFF } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { ServiceDefinition } from './definition.ts';
import { checkDefinitions } from './graph.ts';
import type { Log } from './log.ts';
import {
  type Effect,
  type Exit,
  initialSystem,
  isSatisfied,
  nextDeadline,
  type ServiceStatus,
  type SupervisionEvent,
  type System,
} from './state.ts';
import { describeChange } from './status-text.ts';
import { step } from './step.ts';
import { SupervisorError } from './supervisor-error.ts';

/** What a run of a service tells. `exited` and `gone` come once each, in this order; nothing comes after `gone`. */
export interface RunEvents {
  spawned(pid: number): void;
  /** It could not be spawned, and there is no process. Instead of `exited` and `gone`. */
  notSpawned(reason: string): void;
  ready(): void;
  alive(): void;
  exited(exit: Exit): void;
  gone(): void;
}

/** One run of a service. */
export interface Run {
  /** Sends its stop signal to its main process. */
  signal(): void;
  /** Kills its whole cgroup. */
  kill(): void;
}

/** Begins a run. May throw instead of `notSpawned`. `runService` is the real one. */
export type Runner = (definition: ServiceDefinition, events: RunEvents) => Run;

export interface SupervisorOptions {
  run: Runner;
  log: Log;
  clock: Clock;
  /** From 0 up to 1: `Math.random`. */
  random: () => number;
  /** @default DEFAULT_BACKOFF */
  backoff?: BackoffPolicy;
}

/** Keeps services running: the effects and the clock around the state machine of `step.ts`. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #runs = new Map<string, Run>();
  readonly #listeners = new Set<(report: ServiceReport) => void>();
  readonly #waiters = new Set<() => void>();
  readonly #queue: SupervisionEvent[] = [];
  #system: System | undefined;
  #busy = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts services, and from now on keeps them running. Returns at once; see `whenReady`. May be called again
   * with more: a boot starts what it has as soon as it can.
   * @throws SupervisorError `bad-definitions`, with all that is wrong; then none of them is started.
   */
  start(definitions: readonly ServiceDefinition[]): void {
    const all = [...(this.#system?.definitions ?? []), ...definitions];
    const problems = checkDefinitions(all).map(({ message }) => message);
    if (problems.length > 0) {
      throw new SupervisorError(
        'bad-definitions',
        problems.join('; '),
        'Mend the definitions below services/.',
      );
    }
    const { backoff = DEFAULT_BACKOFF, clock } = this.#options;
    const fresh = initialSystem(all, backoff, clock.now());
    const present = this.#system;
    this.#system =
      present === undefined
        ? fresh
        : {
            ...fresh,
            services: new Map([...fresh.services, ...present.services]),
            stopping: present.stopping,
          };
    this.#dispatch({ kind: 'tick' });
  }

  /**
   * Stops everything, dependents first, and starts nothing any more. What has not stopped after
   * `deadline` milliseconds is killed, all at once.
   * @returns when no service has a process any more.
   */
  stopAll(deadline: number): Promise<void> {
    const system = this.#system;
    if (system === undefined) return Promise.resolve();
    const cancel = this.#options.clock.after(deadline, () => this.#dispatch({ kind: 'kill' }));
    this.#dispatch({ kind: 'stop' });
    return this.#until(() => [...this.#statuses().values()].every(({ live }) => !live)).finally(cancel);
  }

  /** Kills everything now, and starts nothing any more: a shutdown that was asked for twice. */
  killAll(): void {
    this.#dispatch({ kind: 'kill' });
  }

  /**
   * Stops a service and starts it again, or tries again at once one that waits to be. What requires it is stopped and
   * started with it.
   * @returns when it is ready again @throws SupervisorError as `whenReady`
   */
  async restart(name: string, signal?: AbortSignal): Promise<void> {
    this.#dispatch({ kind: 'restart', service: name });
    await this.whenReady(name, signal);
  }

  /** All services, in start order. */
  report(): ServiceReport[] {
    return [...(this.#system?.definitions ?? [])].flatMap(({ name }) => {
      const status = this.#statuses().get(name);
      return status === undefined ? [] : [reportOf(name, status)];
    });
  }

  /** Calls `listener` whenever a service enters a state. @returns what ends that. */
  onReport(listener: (report: ServiceReport) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * @returns when the service is ready (or, a oneshot, has ended well).
   * @throws SupervisorError `unknown-service`; `not-ready` once it cannot become ready any more by itself or has
   * failed so often that it counts as failed; the signal's reason when that is aborted.
   */
  async whenReady(name: string, signal?: AbortSignal): Promise<void> {
    const state = () => {
      const status = this.#statuses().get(name);
      if (status !== undefined) return status;
      throw new SupervisorError('unknown-service', `there is no service ${name}`, 'This is a bug of init.');
    };
    const ready = () => isSatisfied({ services: this.#statuses() }, name);
    await this.#until(() => ready() || ['failed', 'stopped'].includes(state().state), signal);
    if (ready()) return;
    const { reason = 'no reason is known' } = state();
    throw new SupervisorError('not-ready', `${name} is not ready: ${reason}`, `See the log of ${name}.`);
  }

  #statuses(): ReadonlyMap<string, ServiceStatus> {
    return this.#system?.services ?? new Map();
  }

  async #until(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#waiters.delete(check);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const check = () => {
        if (condition()) finish(resolve);
      };
      const abort = () => finish(() => reject(signal?.reason));
      this.#waiters.add(check);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Events that effects cause are taken up when the effects of the one before are done. */
  #dispatch(event: SupervisionEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next);
    } finally {
      this.#busy = false;
    }
    this.#arm();
    for (const check of [...this.#waiters]) check();
  }

  #take(event: SupervisionEvent): void {
    const before = this.#system;
    if (before === undefined) return;
    const { system, effects, entered } = step(before, event, {
      at: this.#options.clock.now(),
      random: this.#options.random(),
    });
    this.#system = system;
    for (const name of entered) this.#announce(name, before.services.get(name), system.services.get(name));
    if (event.kind === 'gone' || event.kind === 'not-spawned') this.#runs.delete(event.service);
    for (const effect of effects) this.#carryOut(effect, system);
  }

  #announce(name: string, before: ServiceStatus | undefined, after: ServiceStatus | undefined): void {
    if (after === undefined) return;
    const { level, text } = describeChange(name, before, after, this.#options.clock.now());
    this.#options.log.write(level, 'init', text, {
      service: name,
      state: after.state,
      ...(after.pid && { pid: after.pid }),
    });
    const report = reportOf(name, after);
    for (const listener of [...this.#listeners]) listener(report);
  }

  #carryOut(effect: Effect, system: System): void {
    const { service } = effect;
    if (effect.kind !== 'spawn') this.#end(service, effect.kind);
    else this.#spawn(system.definitions.find(({ name }) => name === service));
  }

  /** What fails here is tried again: the state machine kills again until the service has gone. */
  #end(service: string, how: 'signal' | 'kill'): void {
    try {
      this.#runs.get(service)?.[how]();
    } catch (error) {
      this.#options.log.write('error', 'init', `${service}: ${how} failed: ${messageOf(error)}`, { service });
    }
  }

  #spawn(definition: ServiceDefinition | undefined): void {
    if (definition === undefined) return;
    const service = definition.name;
    try {
      const run = this.#options.run(definition, {
        spawned: (pid) => this.#dispatch({ kind: 'spawned', service, pid }),
        notSpawned: (reason) => this.#dispatch({ kind: 'not-spawned', service, reason }),
        ready: () => this.#dispatch({ kind: 'ready', service }),
        alive: () => this.#dispatch({ kind: 'alive', service }),
        exited: (exit) => this.#dispatch({ kind: 'exited', service, exit }),
        gone: () => this.#dispatch({ kind: 'gone', service }),
      });
      this.#runs.set(service, run);
    } catch (error) {
      this.#dispatch({ kind: 'not-spawned', service, reason: messageOf(error) });
    }
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const deadline = this.#system && nextDeadline(this.#system);
    if (deadline === undefined) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, deadline - clock.now()), () =>
      this.#dispatch({ kind: 'tick' }),
    );
  }
}

function reportOf(name: string, { state, pid, since, restarts, lastExit }: ServiceStatus): ServiceReport {
  return {
    name,
    state,
    since,
    restarts,
    ...(pid !== undefined && { pid }),
    ...(lastExit !== undefined && { lastExit }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
