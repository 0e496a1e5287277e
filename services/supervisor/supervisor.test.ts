import { describe, expect, it } from 'vitest';
import type { ServiceDefinition } from './definition.ts';
import { type Run, type RunEvents, Supervisor } from './supervisor.ts';
import { FakeClock, MemoryLog, service } from './testing.ts';

function harness() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const runs: { name: string; events: RunEvents; calls: string[] }[] = [];
  const unverified = new Set<string>();
  const run = ({ name }: ServiceDefinition, events: RunEvents): Run => {
    if (unverified.has(name)) throw new Error(`${name} is not verified`);
    const calls: string[] = [];
    runs.push({ name, events, calls });
    events.spawned(100 + runs.length);
    return { signal: () => void calls.push('signal'), kill: () => void calls.push('kill') };
  };
  const supervisor = new Supervisor({ run, log, clock, random: () => 0 });
  const last = (name: string) => {
    const found = runs.findLast((other) => other.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };
  const end = (name: string) => {
    last(name).events.exited({ text: 'exit code 0', ok: true });
    last(name).events.gone();
  };
  return { supervisor, clock, log, runs, last, end, unverified };
}

const pair = [service('containerd'), service('dockerd', { requires: ['containerd'] })];

describe('Supervisor', () => {
  it('refuses bad definitions with all that is wrong', () => {
    const { supervisor } = harness();
    const bad = [service('a', { requires: ['b'] }), service('a')];
    expect(() => supervisor.start(bad)).toThrow(/a is defined twice; a names b/);
    expect(supervisor.report()).toEqual([]);
  });

  it('starts in order and reports each state', () => {
    const { supervisor, last } = harness();
    const seen: string[] = [];
    supervisor.onReport(({ name, state }) => seen.push(`${name} ${state}`));
    supervisor.start(pair);
    last('containerd').events.ready();
    last('dockerd').events.ready();
    expect(seen).toEqual(['containerd starting', 'containerd ready', 'dockerd starting', 'dockerd ready']);
    expect(supervisor.report()).toEqual([
      { name: 'containerd', state: 'ready', since: 0, restarts: 0, pid: 101 },
      { name: 'dockerd', state: 'ready', since: 0, restarts: 0, pid: 102 },
    ]);
  });

  it('restart() is done when the service is ready again', async () => {
    const { supervisor, end, last } = harness();
    supervisor.start(pair);
    last('containerd').events.ready();
    last('dockerd').events.ready();
    let done = false;
    const restarted = supervisor.restart('dockerd').then(() => {
      done = true;
    });
    expect(last('dockerd').calls).toEqual(['signal']);
    end('dockerd');
    await Promise.resolve();
    expect(done).toBe(false);
    last('dockerd').events.ready();
    await restarted;
  });

  it('starts a service again when its time has come', () => {
    const { supervisor, clock, runs, end, last } = harness();
    supervisor.start([service('a')]);
    last('a').events.ready();
    end('a');
    clock.advance(99);
    expect(runs).toHaveLength(1);
    clock.advance(1);
    expect(runs).toHaveLength(2);
    expect(supervisor.report()[0]).toMatchObject({ state: 'starting', restarts: 1, lastExit: 'exit code 0' });
  });

  it('says why a service that is not verified does not start, and tries again', () => {
    const { supervisor, clock, log, unverified, runs } = harness();
    unverified.add('a');
    supervisor.start([service('a')]);
    expect(supervisor.report()[0]).toMatchObject({ state: 'backing-off', lastExit: 'a is not verified' });
    expect(log.entries.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('a is not verified'),
    });
    unverified.clear();
    clock.advance(1000);
    expect(runs).toHaveLength(1);
  });

  it('tells when a service is ready', async () => {
    const { supervisor, last } = harness();
    supervisor.start([service('a')]);
    const ready = supervisor.whenReady('a');
    last('a').events.ready();
    await expect(ready).resolves.toBeUndefined();
  });

  it('tells when a service will not be ready', async () => {
    const { supervisor, end } = harness();
    supervisor.start([service('a')]);
    const ready = supervisor.whenReady('a');
    await Promise.all([
      expect(ready).rejects.toMatchObject({ code: 'not-ready' }),
      supervisor.stopAll(10),
      end('a'),
    ]);
    await expect(supervisor.whenReady('ghost')).rejects.toMatchObject({ code: 'unknown-service' });
  });

  it('stops waiting for readiness when the signal says so', async () => {
    const { supervisor } = harness();
    supervisor.start([service('a')]);
    const abort = new AbortController();
    const ready = supervisor.whenReady('a', abort.signal);
    abort.abort(new Error('enough'));
    await expect(ready).rejects.toThrow('enough');
  });

  it('stops dependents first and is done when all have gone', async () => {
    const { supervisor, last, end, clock } = harness();
    supervisor.start(pair);
    last('containerd').events.ready();
    last('dockerd').events.ready();
    let done = false;
    const stopped = supervisor.stopAll(60_000).then(() => {
      done = true;
    });
    expect([last('dockerd').calls, last('containerd').calls]).toEqual([['signal'], []]);
    end('dockerd');
    expect(last('containerd').calls).toEqual(['signal']);
    await Promise.resolve();
    expect(done).toBe(false);
    end('containerd');
    await stopped;
    expect(clock.pending).toBe(0);
  });

  it('kills what has not stopped by the deadline', async () => {
    const { supervisor, last, end, clock } = harness();
    supervisor.start(pair);
    last('containerd').events.ready();
    const stopped = supervisor.stopAll(1000);
    clock.advance(1000);
    expect(last('dockerd').calls).toEqual(['signal', 'kill']);
    expect(last('containerd').calls).toEqual(['kill']);
    end('dockerd');
    end('containerd');
    await stopped;
  });

  it('has nothing to stop before it has started anything', async () => {
    await expect(harness().supervisor.stopAll(1)).resolves.toBeUndefined();
  });
});
