import { backoffDelay } from './backoff.ts';
import type { ServiceDefinition } from './definition.ts';
import {
  type AfterStop,
  type Effect,
  type Exit,
  isSatisfied,
  KILL_AGAIN,
  type ServiceStatus,
  type SupervisionEvent,
  type System,
} from './state.ts';

/** Time and chance of one step. */
export interface Moment {
  /** Milliseconds of the supervisor's clock. */
  at: number;
  /** From 0 up to 1. */
  random: number;
}

/** What one step comes to. */
export interface Outcome {
  system: System;
  /** To be carried out in this order. */
  effects: Effect[];
  /** Services that entered a state, in the order in which they did. */
  entered: string[];
}

/**
 * What `event` makes of `system`, and what is to be done about it. An event that does not fit a service's state
 * (it is late, or from a run that is over) changes nothing.
 */
export function step(system: System, event: SupervisionEvent, moment: Moment): Outcome {
  const draft = new Draft(system, moment);
  draft.apply(event);
  draft.settle();
  return { system: draft.result(), effects: draft.effects, entered: [...draft.entered] };
}

/** One step's work: copies of what changes, and the effects so far. */
class Draft {
  readonly effects: Effect[] = [];
  readonly entered = new Set<string>();
  readonly services: Map<string, ServiceStatus>;
  readonly #system: System;
  readonly #at: number;
  readonly #random: number;
  #stopping: boolean;

  constructor(system: System, { at, random }: Moment) {
    this.#system = system;
    this.services = new Map(system.services);
    this.#at = at;
    this.#random = random;
    this.#stopping = system.stopping;
  }

  result(): System {
    return { ...this.#system, services: this.services, stopping: this.#stopping };
  }

  apply(event: SupervisionEvent): void {
    if (event.kind === 'tick') this.#tick();
    else if (event.kind === 'stop') this.#stopping = true;
    else if (event.kind === 'kill') this.#killAll();
    else if (event.kind === 'restart') this.#restart(event.service);
    else this.#applyToOne(event);
  }

  #applyToOne(event: Exclude<Extract<SupervisionEvent, { service: string }>, { kind: 'restart' }>): void {
    const definition = this.#system.definitions.find(({ name }) => name === event.service);
    const status = this.services.get(event.service);
    if (definition === undefined || status === undefined || !status.live) return;
    switch (event.kind) {
      case 'spawned':
        this.#set(definition, { pid: event.pid });
        if (definition.readiness.kind === 'started') this.#ready(definition, status);
        break;
      case 'ready':
        this.#ready(definition, status);
        break;
      case 'alive':
        if (status.state === 'ready') this.#set(definition, { deadline: this.#watchdog(definition) });
        break;
      case 'not-spawned':
        this.#ended(definition, status, { text: event.reason, ok: false });
        this.#gone(definition);
        break;
      case 'exited':
        this.#ended(definition, status, event.exit);
        this.effects.push({ kind: 'kill', service: definition.name });
        break;
      case 'gone':
        this.#gone(definition);
    }
  }

  /** Starts what can start and stops what must, until nothing changes any more. */
  settle(): void {
    let changed = true;
    while (changed) {
      changed = false;
      for (const definition of this.#system.definitions) {
        const status = this.#status(definition);
        if (this.#stopping ? this.#windDown(definition, status) : this.#windUp(definition, status))
          changed = true;
      }
    }
  }

  #windUp(definition: ServiceDefinition, status: ServiceStatus): boolean {
    const missing = definition.requires.find((name) => !isSatisfied(this, name));
    if (isRunning(status)) {
      if (missing === undefined) return false;
      this.#stop(definition, 'wait', `${missing}, which it requires, is not ready`);
      return true;
    }
    if (status.state !== 'waiting' || missing !== undefined) return false;
    if (!definition.after.every((name) => this.services.get(name)?.started === true)) return false;
    const deadline = this.#at + definition.timeouts.start;
    this.#enter(definition, {
      state: 'starting',
      reason: undefined,
      started: true,
      live: true,
      succeeded: false,
      deadline,
    });
    this.effects.push({ kind: 'spawn', service: definition.name });
    return true;
  }

  #windDown(definition: ServiceDefinition, status: ServiceStatus): boolean {
    if (status.state === 'stopping') {
      if (status.next === 'stopped' || status.next === 'failed') return false;
      this.#set(definition, { next: 'stopped' });
      return true;
    }
    if (isRunning(status)) {
      if (this.#hasLiveDependents(definition.name)) return false;
      this.#stop(definition, 'stopped', 'shutting down');
      return true;
    }
    if (status.state === 'stopped' || (status.state === 'failed' && status.deadline === undefined))
      return false;
    const state = status.state === 'failed' ? 'failed' : 'stopped';
    this.#enter(definition, { state, reason: status.reason, deadline: undefined });
    return true;
  }

  #hasLiveDependents(name: string): boolean {
    return this.#system.definitions.some(
      (other) => (other.requires.includes(name) || other.after.includes(name)) && this.#status(other).live,
    );
  }

  #tick(): void {
    for (const definition of this.#system.definitions) {
      const status = this.#status(definition);
      if (status.deadline === undefined || status.deadline > this.#at) continue;
      switch (status.state) {
        case 'starting':
          this.#fail(definition, status, `not ready within ${definition.timeouts.start} ms`);
          this.effects.push({ kind: 'signal', service: definition.name });
          break;
        case 'ready':
          this.#fail(definition, status, `no sign of life for ${definition.watchdog} ms`);
          this.#kill(definition);
          break;
        case 'stopping':
          this.#kill(definition);
          break;
        default:
          this.#enter(definition, { state: 'waiting', deadline: undefined, restarts: status.restarts + 1 });
      }
    }
  }

  /** No fault of its own: it counts neither as a failure nor among its restarts. */
  #restart(service: string): void {
    const definition = this.#system.definitions.find(({ name }) => name === service);
    const status = this.services.get(service);
    if (definition === undefined || status === undefined || this.#stopping) return;
    if (isRunning(status)) this.#stop(definition, 'wait', 'to be started again, as was asked for');
    else if (status.state === 'stopping') this.#set(definition, { next: 'wait' });
    else if (status.state !== 'waiting')
      this.#enter(definition, { state: 'waiting', deadline: undefined, failures: 0 });
  }

  #ready(definition: ServiceDefinition, status: ServiceStatus): void {
    if (status.state !== 'starting') return;
    this.#enter(definition, { state: 'ready', deadline: this.#watchdog(definition) });
  }

  #watchdog(definition: ServiceDefinition): number | undefined {
    return definition.watchdog === undefined ? undefined : this.#at + definition.watchdog;
  }

  /** The main process has ended. Whatever else runs in its cgroup must go before anything is started again. */
  #ended(definition: ServiceDefinition, status: ServiceStatus, exit: Exit): void {
    if (isRunning(status)) {
      const succeeded = definition.restart === 'never' && exit.ok;
      if (succeeded) this.#leave(definition, 'stopped', exit.text);
      else this.#fail(definition, status, exit.text);
      this.#set(definition, { succeeded });
    }
    this.#set(definition, { lastExit: exit.text, pid: undefined, deadline: this.#at + KILL_AGAIN });
  }

  #gone(definition: ServiceDefinition): void {
    const { state, next, failures } = this.#status(definition);
    if (state !== 'stopping') return;
    const { backoff } = this.#system;
    const over = { live: false, pid: undefined, next: undefined };
    if (next === 'back-off') {
      const deadline = this.#at + backoffDelay(backoff, failures, this.#random);
      this.#enter(definition, {
        ...over,
        state: failures < backoff.failures ? 'backing-off' : 'failed',
        deadline,
      });
    } else {
      this.#enter(definition, {
        ...over,
        state: next === 'wait' ? 'waiting' : (next ?? 'stopped'),
        deadline: undefined,
      });
    }
  }

  /** It ended or has to be ended for a fault of its own. */
  #fail(definition: ServiceDefinition, status: ServiceStatus, reason: string): void {
    const stable = status.state === 'ready' && this.#at - status.since >= this.#system.backoff.stable;
    this.#leave(definition, definition.restart === 'always' ? 'back-off' : 'failed', reason);
    this.#set(definition, { failures: (stable ? 0 : status.failures) + 1 });
  }

  #stop(definition: ServiceDefinition, next: AfterStop, reason: string): void {
    this.#leave(definition, next, reason);
    this.effects.push({ kind: 'signal', service: definition.name });
  }

  #leave(definition: ServiceDefinition, next: AfterStop, reason: string): void {
    this.#enter(definition, {
      state: 'stopping',
      next,
      reason,
      deadline: this.#at + definition.timeouts.stop,
    });
  }

  #kill(definition: ServiceDefinition): void {
    this.#set(definition, { deadline: this.#at + KILL_AGAIN });
    this.effects.push({ kind: 'kill', service: definition.name });
  }

  #killAll(): void {
    this.#stopping = true;
    for (const definition of this.#system.definitions) {
      const status = this.#status(definition);
      if (!status.live) continue;
      if (isRunning(status)) this.#leave(definition, 'stopped', 'shutting down, no time left');
      this.#kill(definition);
    }
  }

  #enter(definition: ServiceDefinition, change: Partial<ServiceStatus>): void {
    this.#set(definition, { ...change, since: this.#at });
    this.entered.delete(definition.name); // a service that passes through a state is told of once, as the last
    this.entered.add(definition.name);
  }

  #set(definition: ServiceDefinition, change: Partial<ServiceStatus>): void {
    this.services.set(definition.name, { ...this.#status(definition), ...change });
  }

  #status({ name }: ServiceDefinition): ServiceStatus {
    const status = this.services.get(name);
    if (status === undefined) throw new Error(`no status of ${name}`); // initialSystem makes one for each
    return status;
  }
}

function isRunning({ state }: ServiceStatus): boolean {
  return state === 'starting' || state === 'ready';
}
