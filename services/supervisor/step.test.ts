import { describe, expect, it } from 'vitest';
import { DEFAULT_BACKOFF } from './backoff.ts';
import type { ServiceDefinition } from './definition.ts';
import { initialSystem, KILL_AGAIN, nextDeadline, type SupervisionEvent, type System } from './state.ts';
import { step } from './step.ts';
import { service } from './testing.ts';

/** Steps through events; remembers the effects of the last one. */
function machine(...definitions: ServiceDefinition[]) {
  let system: System = initialSystem(definitions, DEFAULT_BACKOFF, 0);
  let effects: string[] = [];
  const apply = (event: SupervisionEvent, at: number) => {
    const result = step(system, event, { at, random: 1 });
    system = result.system;
    effects = result.effects.map(({ kind, service: name }) => `${kind} ${name}`);
  };
  return {
    /** Applies `kind` for a service, or for all. */
    send(kind: SupervisionEvent['kind'], name = '', at = 0, exit = { text: 'exit code 1', ok: false }) {
      apply({ kind, service: name, pid: 7, reason: 'cannot', exit } as SupervisionEvent, at);
      return this;
    },
    /** What a service that comes up sends. */
    up(name: string, at = 0) {
      return this.send('spawned', name, at).send('ready', name, at);
    },
    /** What a service that goes sends. */
    down(name: string, at = 0, exit = { text: 'exit code 1', ok: false }) {
      return this.send('exited', name, at, exit).send('gone', name, at);
    },
    get effects() {
      return effects;
    },
    get deadline() {
      return nextDeadline(system);
    },
    status: (name: string) => {
      const status = system.services.get(name);
      if (status === undefined) throw new Error(`no ${name}`);
      return status;
    },
    states: () => [...system.services.values()].map(({ state }) => state).join(' '),
  };
}

const SUCCESS = { text: 'exit code 0', ok: true };

describe('starting', () => {
  it('starts what requires nothing, and what comes after it at once', () => {
    const m = machine(service('containerd'), service('dockerd', { after: ['containerd'] })).send('tick');
    expect(m.effects).toEqual(['spawn containerd', 'spawn dockerd']);
    expect(m.states()).toBe('starting starting');
  });

  it('holds a service until all that it requires are ready', () => {
    const m = machine(service('a'), service('b'), service('c', { requires: ['a', 'b'] }))
      .send('tick')
      .up('a');
    expect(m.status('c').state).toBe('waiting');
    m.up('b');
    expect(m.effects).toEqual(['spawn c']);
  });

  it('takes a service as ready when it is executed, if that is its readiness', () => {
    const m = machine(service('a', { readiness: { kind: 'started' } }))
      .send('tick')
      .send('spawned', 'a');
    expect(m.status('a')).toMatchObject({ state: 'ready', pid: 7 });
  });

  it('signals, then kills, a service that is not ready in time, and starts it again only when it has gone', () => {
    const m = machine(service('a')).send('tick').send('spawned', 'a').send('tick', '', 10_000);
    expect(m.effects).toEqual(['signal a']);
    m.send('tick', '', 15_000);
    expect(m.effects).toEqual(['kill a']);
    m.send('ready', 'a', 15_001).send('tick', '', 15_000 + KILL_AGAIN);
    expect(m.effects).toEqual(['kill a']);
    m.down('a', 20_001);
    expect(m.status('a')).toMatchObject({ state: 'backing-off', reason: 'not ready within 10000 ms' });
  });
});

describe('a service that ends', () => {
  it('has its whole cgroup killed, and is started again after its back-off', () => {
    const m = machine(service('a')).send('tick').up('a').send('exited', 'a', 5);
    expect(m.effects).toEqual(['kill a']);
    expect(m.status('a').state).toBe('stopping');
    m.send('gone', 'a', 6);
    expect(m.status('a')).toMatchObject({ state: 'backing-off', lastExit: 'exit code 1' });
    expect(m.deadline).toBe(206);
    m.send('tick', '', 205);
    expect(m.effects).toEqual([]);
    m.send('tick', '', 206);
    expect(m.effects).toEqual(['spawn a']);
    expect(m.status('a').restarts).toBe(1);
  });

  it('counts as failed after six failures in a row, says so, and is still tried at a bounded delay', () => {
    const m = machine(service('a')).send('tick');
    const seen: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const at = m.deadline ?? 0;
      m.send('tick', '', at).down('a', at);
      seen.push(m.status('a').state);
      expect(m.deadline).toBeLessThanOrEqual(at + DEFAULT_BACKOFF.cap);
    }
    expect(seen.slice(0, 6)).toEqual([...Array(5).fill('backing-off'), 'failed']);
    expect(new Set(seen.slice(5))).toEqual(new Set(['failed']));
  });

  it('is forgiven its failures when it has been ready for a minute', () => {
    const m = machine(service('a')).send('tick').down('a');
    m.send('tick', '', 1000).up('a', 1000).down('a', 60_999);
    expect(m.status('a').failures).toBe(2);
    m.send('tick', '', 70_000).up('a', 70_000).down('a', 130_000);
    expect(m.status('a').failures).toBe(1);
  });

  it('takes what requires it down with it, and up again, without a back-off of their own', () => {
    const m = machine(service('a'), service('b', { requires: ['a'] }))
      .send('tick')
      .up('a')
      .up('b');
    m.send('exited', 'a', 10);
    expect(m.effects).toEqual(['kill a', 'signal b']);
    m.send('gone', 'a', 11).down('b', 12);
    expect(m.states()).toBe('backing-off waiting');
    m.send('tick', '', 500).up('a', 501);
    expect(m.effects).toEqual(['spawn b']);
    expect(m.status('b')).toMatchObject({ restarts: 0, failures: 0 });
  });

  it('does not disturb what only comes after it', () => {
    const m = machine(service('a'), service('b', { after: ['a'] }))
      .send('tick')
      .up('a')
      .up('b')
      .down('a');
    expect(m.status('b').state).toBe('ready');
  });

  it('that cannot be spawned backs off like one that ends', () => {
    const m = machine(service('a')).send('tick').send('not-spawned', 'a');
    expect(m.status('a')).toMatchObject({ state: 'backing-off', lastExit: 'cannot', live: false });
  });

  it('is killed and started again when its watchdog hears nothing', () => {
    const m = machine(service('a', { watchdog: 1000 }))
      .send('tick')
      .up('a')
      .send('alive', 'a', 900);
    m.send('tick', '', 1000);
    expect(m.effects).toEqual([]);
    m.send('tick', '', 1900);
    expect(m.effects).toEqual(['kill a']);
    m.down('a', 1901);
    expect(m.status('a').state).toBe('backing-off');
  });
});

describe('a oneshot', () => {
  const oneshot = service('a', { restart: 'never', readiness: { kind: 'started' } });

  it('that ended well still satisfies what requires it', () => {
    const m = machine(oneshot, service('b', { requires: ['a'] }))
      .send('tick')
      .send('spawned', 'a')
      .up('b');
    m.down('a', 5, SUCCESS);
    expect(m.states()).toBe('stopped ready');
  });

  it('that ended badly has failed for good', () => {
    const m = machine(oneshot, service('b', { requires: ['a'] }))
      .send('tick')
      .send('spawned', 'a')
      .down('a');
    expect(m.status('a').state).toBe('failed');
    expect(m.status('a').deadline).toBeUndefined();
    expect(m.status('b').state).toBe('stopping');
  });
});

describe('stopping', () => {
  const trio = [service('a'), service('b', { requires: ['a'] }), service('c', { after: ['b'] })];

  it('goes backwards, one behind the other', () => {
    const m = machine(...trio)
      .send('tick')
      .up('a')
      .up('b')
      .up('c')
      .send('stop');
    expect(m.effects).toEqual(['signal c']);
    m.down('c', 0, SUCCESS);
    expect(m.effects).toEqual(['signal b']);
    m.down('b', 0, SUCCESS);
    expect(m.effects).toEqual(['signal a']);
    m.down('a', 0, SUCCESS);
    expect(m.states()).toBe('stopped stopped stopped');
    expect(m.deadline).toBeUndefined();
  });

  it('kills all that is left when told so', () => {
    const m = machine(...trio)
      .send('tick')
      .up('a')
      .up('b')
      .up('c')
      .send('stop')
      .send('kill');
    expect(m.effects.sort()).toEqual(['kill a', 'kill b', 'kill c']);
  });

  it('starts nothing any more', () => {
    const m = machine(...trio)
      .send('tick')
      .down('a')
      .send('stop')
      .send('tick', '', 1e6);
    expect(m.effects).toEqual([]);
    expect(m.states()).toMatch(/^stopped stopped/);
  });
});

it('an event of a service that has no process changes nothing', () => {
  const m = machine(service('a', { requires: ['b'] }), service('b')).send('tick');
  const before = m.status('a');
  for (const kind of ['spawned', 'ready', 'alive', 'exited', 'gone', 'not-spawned'] as const)
    m.send(kind, 'a');
  m.send('ready', 'nobody');
  expect(m.status('a')).toBe(before);
});

describe('a restart that was asked for', () => {
  const both = () =>
    machine(service('a'), service('b', { requires: ['a'] }))
      .send('tick')
      .up('a')
      .up('b');

  it('stops the service, and starts it again at once: no failure, and no restart of its own', () => {
    const m = both().send('restart', 'b', 5);
    expect(m.effects).toEqual(['signal b']);
    m.down('b', 6, SUCCESS);
    expect(m.effects).toEqual(['spawn b']);
    m.up('b', 7);
    expect(m.status('b')).toMatchObject({ state: 'ready', restarts: 0, failures: 0 });
  });

  it('takes along what requires it', () => {
    const m = both().send('restart', 'a', 5);
    expect(m.effects).toEqual(['signal a', 'signal b']);
    m.down('a', 6).down('b', 6);
    expect(m.status('a').state).toBe('starting');
    m.up('a', 7);
    expect(m.effects).toEqual(['spawn b']);
  });

  it('tries again now what waits after a failure', () => {
    const m = machine(service('a')).send('tick').up('a').down('a', 5);
    expect(m.status('a').state).toBe('backing-off');
    expect(m.send('restart', 'a', 6).effects).toEqual(['spawn a']);
  });

  it('starts nothing while everything is being stopped', () => {
    const m = both().send('stop').send('restart', 'b');
    m.down('b');
    expect(m.status('b').state).toBe('stopped');
  });
});
