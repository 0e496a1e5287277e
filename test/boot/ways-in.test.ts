import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import { deadline } from '../harness/deadline.ts';
import { type DockerCli, dockerCli } from '../harness/docker-cli.ts';
import { OpenVm } from '../harness/open-vm.ts';

/** Ways to a container other than `docker run`: each ends in ids of the container's own, or is refused. */
const vm = new OpenVm('ways-in', 'test');
const folder = mkdtempSync(join(tmpdir(), 'bhw-'));
const HELLO = 'bulkhead/hello:latest';
const ownIds = / 0 +[1-9]\d{5,} +65536$/m;
let docker: DockerCli;

beforeAll(async () => {
  await vm.open({ memory: 3072 });
  await (await vm.engine()).loadImage('dist/hello.tar');
  docker = dockerCli(vm);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await vm.dispose();
});

/** Expects it to end well. @returns what it said */
async function run(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await docker.run(args, { timeout: deadline(10) });
  expect(status, stdout + stderr).toBe(0);
  return stdout + stderr;
}

test('containerd itself, without dockerd', async () => {
  const ctr = 'exec /usr/libexec/bulkhead/ctr';
  await run('volume', 'create', 'hello');
  await run('run', '--name', 'carrier', '-v', 'hello:/hello', HELLO, 'true');
  await run('cp', 'dist/hello.tar', 'carrier:/hello/hello.tar');
  const imported = await vm.shell(`${ctr} image import /var/lib/docker/volumes/hello/_data/hello.tar`);
  expect(imported.status, imported.output).toBe(0);
  const { output } = await vm.shell(`${ctr} run --rm docker.io/${HELLO} direct cat /proc/self/uid_map`);
  expect(output).toMatch(ownIds);
});

test('what the authorization does not see, the runtime layer refuses by itself', async () => {
  const folder = '--mount type=bind,src=/etc,dst=/mnt,options=rbind';
  const { output } = await vm.shell(
    `exec /usr/libexec/bulkhead/ctr run --rm ${folder} docker.io/${HELLO} outside ls /mnt`,
  );
  expect(output).toContain(
    "can't mount /etc because it's configured as a restricted host mount [rule mounts; ",
  );
});

test('a managed plugin is refused, by name of the rule and its setting', async () => {
  const plugin = join(folder, 'plugin');
  mkdirSync(join(plugin, 'rootfs'), { recursive: true });
  writeFileSync(
    join(plugin, 'config.json'),
    JSON.stringify({
      entrypoint: ['/sleep'],
      interface: { types: ['docker.volumedriver/1.0'], socket: 'plugin.sock' },
      network: { type: 'none' },
    }),
  );
  const refused = await docker.run(['plugin', 'create', 'test/plugin', plugin]);
  expect(refused.stderr).toMatch(
    /managed plugins are not allowed \[rule plugins; setting bulkhead\.plugins, /,
  );
  expect(refused.status).toBe(1);
});

test('a task of a swarm, with a secret and a config', async () => {
  // in force from the next request on, without a restart of anything
  const allowed = (swarm: boolean) =>
    vm.shell(`sed -i 's/"swarm":${!swarm}/"swarm":${swarm}/' ${ORDERS_FILE}`);
  await allowed(false);
  const forbidden = await docker.run(['swarm', 'init']);
  expect(forbidden.stderr).toMatch(
    /swarm mode is not allowed \[rule swarm; setting bulkhead\.swarm, built in, /,
  );
  await allowed(true);
  // as long as containers shall go on without dockerd, it wants no swarm
  const asIs = await docker.run(['swarm', 'init']);
  expect(asIs.stderr).toContain('--live-restore daemon configuration is incompatible with swarm mode');
  const changed = await vm.shell(
    'sed -i "s/\\"live-restore\\": *true/\\"live-restore\\":false/" /run/bulkhead/daemon.json && kill -HUP $(cat /run/docker.pid)',
  );
  expect(changed.status, changed.output).toBe(0);
  await expect
    .poll(() => docker.run(['info', '-f', '{{.LiveRestoreEnabled}}']), { timeout: deadline(1) })
    .toMatchObject({ stdout: 'false\n' });
  await run('swarm', 'init');
  for (const kind of ['secret', 'config'])
    expect(await docker.run([kind, 'create', kind, '-'], { input: `a ${kind}\n` })).toMatchObject({
      status: 0,
    });
  const look =
    'cat /proc/self/uid_map /run/secrets/secret /config; stat -c %u:%g /run/secrets/secret /config';
  await run(
    ...[
      'service',
      'create',
      '--detach',
      '--name',
      'task',
      '--no-resolve-image',
      '--restart-condition',
      'none',
    ],
    ...['--secret', 'secret', '--config', 'config', HELLO, 'sh', '-c', look],
  );
  await expect
    .poll(() => docker.run(['service', 'logs', '--raw', 'task']), { timeout: deadline(4), interval: 1000 })
    .toMatchObject({
      stdout: expect.stringMatching(/^ +0 +[1-9]\d{5,} +65536\na secret\na config\n0:0\n0:0\n$/),
    });
  await run('service', 'rm', 'task');
  const mount = ['--mount', 'type=bind,source=/,target=/h'];
  const outside = await docker.run(['service', 'create', '--detach', '--no-resolve-image', ...mount, HELLO]);
  expect(outside.stderr).toContain("can't mount / because it's configured as a restricted host mount");
  await run('swarm', 'leave', '--force');
});
