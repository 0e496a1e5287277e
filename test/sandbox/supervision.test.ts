import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { service } from '../../services/supervisor/testing.ts';
import { Compiled } from './compile.ts';
import { Sandbox } from './sandbox.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiled = new Compiled();
let launch: string;
let actor: string;
let sandbox: Sandbox;

beforeAll(() => {
  launch = compiled.build(join(root, 'init/launch/launch.c'));
  actor = compiled.build(join(root, 'test/sandbox/actor.c'));
});
afterAll(() => compiled.remove());
beforeEach(async () => {
  sandbox = await Sandbox.start([launch, actor]);
});
afterEach(() => sandbox.end());

/** A service that acts `verbs`. */
function acting(name: string, verbs: string[], change: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return service(name, { executable: actor, args: verbs, uid: 4242, gid: 4243, ...change });
}
const start = (...definitions: ServiceDefinition[]) => sandbox.send({ do: 'start', definitions });
const messages = (source: string) =>
  sandbox
    .all('log')
    .filter((entry) => entry.source === source)
    .map(({ message }) => message);

it('runs Node as PID 1', async () => {
  expect(await sandbox.waitFor('up', () => true)).toMatchObject({ pid: 1 });
});

it('brings up what is ready by notification, then what requires it, and stops both in reverse', async () => {
  start(
    acting('upper', ['notify', 'READY=1', 'stay'], { requires: ['lower'] }),
    acting('lower', ['say', 'here', 'notify', 'STATUS=warm\nREADY=1', 'stay']),
  );
  await sandbox.state('upper', 'ready');
  sandbox.send({ do: 'stop', deadline: 5000 });
  await sandbox.waitFor('stopped', () => true);
  const order = sandbox.all('service').map(({ report }) => `${report.name} ${report.state}`);
  expect(order).toEqual([
    ...['lower starting', 'lower ready', 'upper starting', 'upper ready'],
    ...['upper stopping', 'upper stopped', 'lower stopping', 'lower stopped'],
  ]);
  expect(messages('lower')).toEqual(expect.arrayContaining(['here', 'status: warm']));
});

it('starts what comes after another without waiting for its readiness', async () => {
  start(acting('slow', ['stay']), acting('quick', ['notify', 'READY=1', 'stay'], { after: ['slow'] }));
  await sandbox.state('quick', 'ready');
  expect(
    sandbox.all('service').some(({ report }) => report.name === 'slow' && report.state === 'ready'),
  ).toBe(false);
});

it('does not believe a process of another service', async () => {
  const socket = join(sandbox.notifyFolder, 'victim');
  const impostor = acting('impostor', ['notify-to', socket, 'READY=1', 'notify', 'READY=1', 'stay']);
  start(acting('victim', ['stay']), { ...impostor, after: ['victim'] });
  await sandbox.state('impostor', 'ready');
  await sandbox.waitFor('log', ({ source, message }) => source === 'victim' && message.includes('refused'));
  expect(
    sandbox.all('service').some(({ report }) => report.name === 'victim' && report.state === 'ready'),
  ).toBe(false);
});

it('starts a service that crashes again, ever more slowly, calls it failed and keeps trying', async () => {
  start(acting('fragile', ['say', 'oh', 'segv']));
  const failed = await sandbox.state('fragile', 'failed', 2);
  expect(failed.report).toMatchObject({ restarts: 4, lastExit: 'signal SIGSEGV' });
  const reports = sandbox.all('service').map(({ report }) => report);
  const ends = reports.filter(({ state }) => state === 'backing-off' || state === 'failed');
  const delays = ends.slice(0, 4).map((end) => {
    const next = reports.find(({ state, since }) => state === 'starting' && since > end.since);
    return (next?.since ?? 0) - end.since;
  });
  for (const [i, delay] of delays.entries()) expect(delay).toBeGreaterThanOrEqual(50 * 2 ** i);
  expect(ends.map(({ state }) => state).slice(0, 5)).toEqual([
    ...Array(3).fill('backing-off'),
    'failed',
    'failed',
  ]);
});

it('stops and starts again what requires a service that ends', async () => {
  start(
    acting('lower', ['notify', 'READY=1', 'stay'], { uid: 0, gid: 0, capabilities: 'all' }),
    acting('upper', ['notify', 'READY=1', 'stay'], { requires: ['lower'] }),
  );
  const { report } = await sandbox.state('lower', 'ready');
  await sandbox.state('upper', 'ready');
  sandbox.send({ do: 'kill', pid: report.pid ?? 0, signal: 'SIGKILL' });
  await sandbox.state('upper', 'ready', 2);
  const last = sandbox.all('service').map((event) => event.report);
  expect(last.findLast(({ name }) => name === 'lower')).toMatchObject({
    restarts: 1,
    lastExit: 'signal SIGKILL',
  });
  expect(last.findLast(({ name }) => name === 'upper')).toMatchObject({ restarts: 0 });
});

it('kills the whole cgroup of a service that does not stop, children included', async () => {
  start(
    acting('stubborn', ['ignore-term', 'child', 'child', 'notify', 'READY=1', 'stay'], {
      timeouts: { start: 9000, stop: 200 },
    }),
  );
  await sandbox.state('stubborn', 'ready');
  sandbox.send({ do: 'stop', deadline: 60_000 });
  await sandbox.waitFor('stopped', () => true);
  expect(sandbox.all('service').at(-1)?.report.lastExit).toBe('signal SIGKILL');
  await sandbox.waitFor('reaped', ({ total }) => total === 2);
});

it('leaves none of a service’s children behind when it ends', async () => {
  start(acting('parent', ['child', 'notify', 'READY=1', 'exit', '3'], { restart: 'never' }));
  expect((await sandbox.state('parent', 'failed')).report.lastExit).toBe('exit code 3');
  await sandbox.waitFor('reaped', ({ total }) => total === 1);
});

it('leaves the children of a service alone that keeps its leftovers, and starts it beside them', async () => {
  start(
    acting('engine', ['say', 'up', 'child', 'notify', 'READY=1', 'stay'], {
      leftovers: 'keep',
      uid: 0,
      gid: 0,
      capabilities: 'all',
    }),
  );
  const { report } = await sandbox.state('engine', 'ready');
  sandbox.send({ do: 'kill', pid: report.pid ?? 0, signal: 'SIGKILL' });
  await sandbox.state('engine', 'ready', 2);
  sandbox.send({ do: 'processes', service: 'engine' });
  // The new main process with its child, and the child of the one that was killed.
  expect((await sandbox.waitFor('processes', () => true)).pids).toHaveLength(3);
});

it('starts more services beside those that run', async () => {
  start(acting('first', ['notify', 'READY=1', 'stay']));
  await sandbox.state('first', 'ready');
  start(acting('second', ['notify', 'READY=1', 'stay'], { requires: ['first'] }));
  await sandbox.state('second', 'ready');
  expect(sandbox.all('service').filter(({ report }) => report.name === 'first')).toHaveLength(2);
});

it('reaps a thousand orphans, and takes no child from Node meanwhile', async () => {
  sandbox.send({ do: 'spawn', count: 20, args: ['orphans', '5', 'exit', '3'] });
  start(acting('leaky', ['orphans', '1000', 'notify', 'READY=1', 'stay']));
  await sandbox.state('leaky', 'ready');
  await sandbox.waitFor('reaped', ({ total }) => total >= 1100);
  let children = 0;
  await sandbox.waitFor('child', () => {
    children += 1;
    return children === 20;
  });
  expect(sandbox.all('child').every(({ code }) => code === 3)).toBe(true);
  sandbox.send({ do: 'zombies' });
  expect((await sandbox.waitFor('zombies', () => true)).pids).toEqual([]);
});

/** Memory of PID 1, bytes: the `nth` time that a test asks. */
async function memory(nth: number): Promise<{ anonymous: number; resident: number }> {
  sandbox.send({ do: 'memory' });
  let seen = 0;
  return sandbox.waitFor('memory', () => {
    seen += 1;
    return seen === nth;
  });
}

it('keeps its memory while a thousand orphans after the other end and a service floods it', async () => {
  start(acting('first', ['orphans', '1000', 'flood', '100000', 'notify', 'READY=1', 'stay']));
  await sandbox.state('first', 'ready');
  const warm = await memory(1);
  for (let round = 2; round <= 5; round += 1) {
    start(acting(`round-${round}`, ['orphans', '1000', 'flood', '100000', 'notify', 'READY=1', 'stay']));
    await sandbox.state(`round-${round}`, 'ready');
  }
  await sandbox.waitFor('reaped', ({ total }) => total >= 5000);
  const after = await memory(2);
  expect(after.anonymous - warm.anonymous).toBeLessThan(4 * 2 ** 20);
  expect(after.anonymous).toBeLessThan(16 * 2 ** 20);
  expect(after.resident).toBeLessThan(55 * 2 ** 20);
});

it('bounds what a flood of output and of notifications does, and says what it dropped', async () => {
  start(
    acting('loud', [
      'flood',
      '200000',
      'notify-flood',
      '2000',
      'notify',
      'READY=1',
      'say',
      'still here',
      'stay',
    ]),
    {
      ...acting('calm', ['notify', 'READY=1', 'stay']),
      after: ['loud'],
    },
  );
  await sandbox.state('calm', 'ready');
  let dropped = 0;
  await sandbox.waitFor('log', ({ message }) => {
    dropped += Number(/^(\d+) lines dropped/.exec(message)?.[1] ?? 0);
    return dropped > 150_000;
  });
  await sandbox.waitFor('log', ({ message }) => /notifications dropped/.test(message));
  expect(sandbox.all('log').length).toBeLessThan(10_000);
});

it('does not start what was not verified', async () => {
  start(acting('stranger', [], { executable: '/bin/true' }));
  expect((await sandbox.state('stranger', 'failed')).report.lastExit).toBe('/bin/true was not verified');
});

it('kills and starts again a service whose watchdog falls silent', async () => {
  start(acting('silent', ['notify', 'READY=1\nWATCHDOG=1', 'stay'], { watchdog: 100 }));
  expect((await sandbox.state('silent', 'ready', 2)).report).toMatchObject({
    restarts: 1,
    lastExit: 'signal SIGKILL',
  });
});

it('sets up a network and a host name through ioctls', async () => {
  sandbox.send({ do: 'network' });
  const { interfaces, routes } = await sandbox.waitFor('network', () => true);
  expect(interfaces.lo?.map(({ cidr }) => cidr)).toContain('10.77.0.1/24');
  expect(routes).toMatch(/^lo\t00000000\t/m);
  sandbox.send({ do: 'hostname', name: 'bulkhead-test' });
  await sandbox.waitFor('hostname', ({ name }) => name === 'bulkhead-test');
});
