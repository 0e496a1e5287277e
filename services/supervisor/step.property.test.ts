import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { DEFAULT_BACKOFF } from './backoff.ts';
import type { ServiceDefinition } from './definition.ts';
import {
  type Effect,
  initialSystem,
  isSatisfied,
  nextDeadline,
  type SupervisionEvent,
  type System,
} from './state.ts';
import { step } from './step.ts';
import { service } from './testing.ts';

/** mulberry32: small, and the same sequence for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomDefinitions(random: () => number): ServiceDefinition[] {
  const pick = (names: string[]) => names.filter(() => random() < 0.35);
  const names = ['a', 'b', 'c', 'd', 'e'];
  return names.map((name, i) =>
    service(name, {
      requires: pick(names.slice(0, i)),
      after: pick(names.slice(0, i)),
      restart: random() < 0.8 ? 'always' : 'never',
      readiness: { kind: random() < 0.7 ? 'notify' : 'started' },
      ...(random() < 0.3 && { watchdog: 2000 }),
    }),
  );
}

/** The processes there are, and how far each has got; checks each effect against what is allowed. */
class World {
  readonly processes = new Map<string, 'asked' | 'runs' | 'exited'>();
  readonly signalled = new Set<string>();

  carryOut({ kind, service: name }: Effect, system: System): void {
    if (kind === 'spawn') {
      assert(!this.processes.has(name), `a second process of ${name}`);
      assert(!system.stopping, `${name} started while stopping`);
      const definition = system.definitions.find((other) => other.name === name);
      for (const other of definition?.requires ?? []) {
        assert(isSatisfied(system, other), `${name} started while ${other} is not ready`);
      }
      this.processes.set(name, 'asked');
      this.signalled.delete(name);
    } else {
      assert(this.processes.has(name), `${kind} without a process of ${name}`);
      this.signalled.add(name);
    }
  }

  /** An event that could come now, or one that is nonsense. */
  next(random: () => number, names: string[]): SupervisionEvent {
    const name = names[Math.floor(random() * names.length)] ?? '';
    const exit = random() < 0.5 ? { text: 'exit code 0', ok: true } : { text: 'signal SIGSEGV', ok: false };
    const process = this.processes.get(name);
    if (process === 'asked') {
      if (random() < 0.2) {
        this.processes.delete(name);
        return { kind: 'not-spawned', service: name, reason: 'cannot' };
      }
      this.processes.set(name, 'runs');
      return { kind: 'spawned', service: name, pid: 7 };
    }
    if (process === 'exited') {
      this.processes.delete(name);
      return { kind: 'gone', service: name };
    }
    if (process === 'runs' && random() < (this.signalled.has(name) ? 0.6 : 0.2)) {
      this.processes.set(name, 'exited');
      return { kind: 'exited', service: name, exit };
    }
    if (process === undefined && random() < 0.1) return { kind: 'exited', service: name, exit };
    if (random() < 0.05) return { kind: 'restart', service: name };
    const kind = (['ready', 'ready', 'alive', 'tick', 'tick'] as const)[Math.floor(random() * 5)] ?? 'tick';
    return kind === 'tick' ? { kind } : { kind, service: name };
  }
}

it.each(Array.from({ length: 150 }, (_, seed) => seed))(
  'keeps its promises whatever happens (seed %i)',
  (seed) => {
    const random = generator(seed);
    const definitions = randomDefinitions(random);
    const names = definitions.map(({ name }) => name);
    const oneshots = new Set(
      definitions.filter(({ restart }) => restart === 'never').map(({ name }) => name),
    );
    const world = new World();
    let at = 0;
    let system = initialSystem(definitions, DEFAULT_BACKOFF, at);
    const take = (event: SupervisionEvent) => {
      const result = step(system, event, { at, random: random() });
      system = result.system;
      for (const effect of result.effects) world.carryOut(effect, system);
      for (const [name, status] of system.services) {
        assert.equal(
          status.live,
          world.processes.has(name),
          `${name} is live exactly while it has a process`,
        );
        assert(status.state !== 'ready' || status.live, `${name} is ready without a process`);
        const delay = (status.deadline ?? Number.POSITIVE_INFINITY) - status.since;
        assert(
          status.state !== 'backing-off' || delay <= DEFAULT_BACKOFF.cap,
          `${name} backs off for too long`,
        );
        const waits = ['starting', 'stopping', 'backing-off'].includes(status.state);
        assert(!waits || status.deadline !== undefined, `${name} is ${status.state} without a deadline`);
        const givenUp = status.state === 'failed' && status.deadline === undefined && !system.stopping;
        assert(!givenUp || oneshots.has(name), `${name} has been given up`);
      }
    };
    take({ kind: 'tick' });
    for (let i = 0; i < 400; i += 1) {
      at += Math.floor(random() * 800);
      take(world.next(random, names));
    }
    // Whatever state it is in: it can be stopped, and stays so.
    take({ kind: 'stop' });
    for (let i = 0; i < 500 && world.processes.size > 0; i += 1) {
      at = Math.max(at, nextDeadline(system) ?? at);
      take({ kind: 'tick' });
      const event = world.next(random, [...world.processes.keys()]);
      take(event);
    }
    expect(world.processes.size).toBe(0);
    expect([...system.services.values()].every(({ state }) => ['stopped', 'failed'].includes(state))).toBe(
      true,
    );
    expect(nextDeadline(system)).toBeUndefined();
  },
);
