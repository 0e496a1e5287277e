import { beforeAll, expect, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const IMAGE = 'bulkhead/hello';
let engine: EngineClient;

beforeAll(async () => {
  engine = await vm.engine();
});

test('a container runs and says what it should', async () => {
  const { exitCode, stdout } = await runContainer(engine, { Image: IMAGE });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Hello from a container in Bulkhead.');
});

test('exec, stop and remove work on a running container with --init', async () => {
  const id = await engine.createContainer({
    Image: IMAGE,
    Cmd: ['sleep', '1000'],
    HostConfig: { Init: true },
  });
  await engine.startContainer(id);
  const said = await engine.execute(id, ['sh', '-c', 'cat /proc/1/cmdline; echo; id -u; exit 7']);
  expect(said.exitCode).toBe(7);
  expect(said.stdout).toContain('docker-init');
  await engine.stopContainer(id, 1);
  expect((await engine.inspectContainer(id)).State.Running).toBe(false);
  await engine.removeContainer(id);
});

test('a container has a network: an address of its own, and the way out', async () => {
  const { exitCode, stdout, stderr } = await runContainer(engine, {
    Image: IMAGE,
    Cmd: ['sh', '-c', 'ip -4 addr show eth0 | grep -c "inet 172.17." && ping -c 1 -W 5 172.17.0.1'],
  });
  expect(stderr).toBe('');
  expect(stdout).toContain('1 packets received');
  expect(exitCode).toBe(0);
});

test('a health check is run, and statistics tell of the container alone', async () => {
  const Memory = 64 * 2 ** 20;
  const id = await engine.createContainer({
    Image: IMAGE,
    Cmd: ['sleep', '1000'],
    Healthcheck: { Test: ['CMD', 'grep', '-q', ' 65536$', '/proc/self/uid_map'], Interval: 1e9 },
    HostConfig: { Memory },
  });
  await engine.startContainer(id);
  await expect
    .poll(async () => (await engine.inspectContainer(id)).State, { timeout: deadline(1), interval: 500 })
    .toMatchObject({ Health: { Status: 'healthy' } });
  const path = `/containers/${id}/stats?stream=false`;
  const statistics = JSON.parse(
    (await engine.request('GET', path, { timeout: 60_000 })).body.toString('utf8'),
  );
  expect(statistics.memory_stats.limit).toBe(Memory);
  expect(statistics.memory_stats.usage).toBeGreaterThan(0);
  expect(statistics.memory_stats.usage).toBeLessThan(Memory);
  expect(statistics.pids_stats.current).toBeGreaterThan(0);
  expect(statistics.networks.eth0.rx_bytes).toBeGreaterThanOrEqual(0);
  await engine.removeContainer(id, { force: true });
});

test('every runtime that the engine names is our client', async () => {
  const info = (await engine.request('GET', '/info')).body.toString('utf8');
  const { DefaultRuntime, Runtimes } = JSON.parse(info) as {
    DefaultRuntime: string;
    Runtimes: Record<string, { path: string }>;
  };
  expect(DefaultRuntime).toBe('bulkhead');
  expect(Runtimes.bulkhead?.path).toBe('/run/bulkhead/bin/runc');
  expect(Runtimes['sysbox-runc']?.path).toBe('/run/bulkhead/bin/sysbox-runc');
  // what dockerd names besides, it looks up in its PATH, where runc is our client too
  for (const Runtime of ['runc', 'io.containerd.runc.v2', 'sysbox-runc']) {
    const spec = { Image: IMAGE, Cmd: ['cat', '/proc/self/uid_map'], HostConfig: { Runtime } };
    expect((await runContainer(engine, spec)).stdout).toMatch(/^ +0 +[1-9]\d{5,} +65536\n$/);
  }
});

test('status tells of every phase, service and of the development key', async () => {
  const status = await askStatus(vm, deadline(1));
  expect(status.state).toBe('ready');
  expect(status.phases.every(({ state, duration }) => state === 'done' && duration !== undefined)).toBe(true);
  expect(status.services.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'authorizer ready',
    'channel ready',
    'containerd ready',
    'dockerd ready',
    'lxcfs ready',
    'sockets ready',
    'warden ready',
  ]);
  expect(status.signing).toBe('development');
});
