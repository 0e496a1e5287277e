import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { deadline } from '../harness/deadline.ts';
import { share } from '../harness/share.ts';
import { testImage } from '../images/test-image.ts';

const vm = share('shared');
let engine: EngineClient;
let id: string;

beforeAll(async () => {
  engine = await vm.engine();
  const { path, reference } = await testImage('systemd');
  await engine.loadImage(path);
  id = await engine.createContainer({ Image: reference });
  await engine.startContainer(id);
});
afterAll(() => engine.removeContainer(id, { force: true }));

const systemctl = async (...args: string[]) =>
  (await engine.execute(id, ['systemctl', ...args])).stdout.trim();

test('systemd comes up as PID 1 of a container without --privileged', async () => {
  await expect
    .poll(() => systemctl('is-system-running'), { timeout: deadline(2), interval: 1000 })
    .toMatch(/^(running|degraded)$/);
});

test('its slices limit, by control groups below its own', async () => {
  await systemctl('start', 'probe.service');
  expect(await systemctl('is-active', 'probe.service')).toBe('active');
  const { stdout } = await engine.execute(id, ['cat', '/sys/fs/cgroup/probe.slice/memory.max']);
  expect(stdout.trim()).toBe('33554432');
});
