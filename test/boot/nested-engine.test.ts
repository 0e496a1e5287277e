import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { deadline } from '../harness/deadline.ts';
import { TestVm } from '../harness/vm.ts';
import { testImage } from '../images/test-image.ts';

const vm = new TestVm('shared', inject('sharedVm'));
let engine: EngineClient;
let id: string;

beforeAll(async () => {
  engine = await vm.engine();
  const { path, reference } = await testImage('dind');
  await engine.loadImage(path);
  id = await engine.createContainer({
    Image: reference,
    HostConfig: { Privileged: true, Binds: ['nested:/var/lib/docker'] },
  });
  await engine.startContainer(id);
  await untilUp();
});
afterAll(() => engine.removeContainer(id, { force: true }));

const inside = async (line: string) => {
  const { stdout, stderr, exitCode } = await engine.execute(id, ['sh', '-c', line]);
  return { said: (stdout + stderr).trim(), exitCode };
};
async function untilUp(): Promise<void> {
  const end = Date.now() + deadline(4);
  while ((await inside('docker version')).exitCode !== 0) {
    if (Date.now() > end)
      throw new Error(`the inner engine does not come up: ${(await engine.logs(id)).stdout}`);
    await sleep(2000);
  }
}

test('an engine in a privileged container runs containers, on overlay, in the ids of its own container', async () => {
  await inside('docker load -i /hello.tar');
  const { said, exitCode } = await inside(
    'docker run --rm -v data:/data --privileged bulkhead/hello sh -c "cat /proc/self/uid_map; touch /data/x; ls -ln /data"',
  );
  expect(exitCode, said).toBe(0);
  const own = (await inside('cat /proc/self/uid_map')).said;
  expect(own).toMatch(/^0 +[1-9]\d{5,} +65536$/);
  expect(said).toContain(own);
  expect((await inside('docker info -f "{{.Driver}}"')).said).toBe('overlay2');
});

test('its containers reach each other by name on a network of their own', async () => {
  const { said, exitCode } = await inside(
    [
      'docker network create between',
      'docker run -d --name server --network between bulkhead/hello httpd -f -p 80 -h /etc',
      'docker run --rm --network between bulkhead/hello sh -c "until wget -q -O - http://server/passwd; do sleep 1; done"',
      'docker rm -f server',
    ].join(' && '),
  );
  expect(said).toContain('nobody:x:65534');
  expect(exitCode).toBe(0);
});

test('its data is there after a restart', async () => {
  await engine.stopContainer(id, 60);
  await engine.startContainer(id);
  await untilUp();
  const { said } = await inside('docker run --rm -v data:/data bulkhead/hello ls /data');
  expect(said).toBe('x');
});
