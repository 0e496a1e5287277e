import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { choosePort } from '../../host/machine/port.ts';
import { helloImage } from '../../image/hello/busybox-image.ts';
import { presets, type SocketMount, socketMountOf } from '../../policy/docker-socket/presets.ts';
import { deadline } from '../harness/deadline.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { askStatus } from '../harness/guest.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { Registry } from '../harness/registry.ts';
import { Administrator, ask, onChannel } from '../harness/settings.ts';
import { forwardPorts, testcontainers } from '../harness/testcontainers.ts';
import { testImage } from '../images/test-image.ts';

/** Containers that may ask the engine: which, for what, and what for instance uses that. */
const Image = 'bulkhead/hello';
const client = 'bulkhead-test/client';
const ryuk = 'testcontainers/ryuk';
const socket = '/var/run/docker.sock:/var/run/docker.sock';
const setting = 'setting enhancedContainerIsolation.dockerSocketMount, locked by your administrator]';
const vm = new OpenVm('sockets', 'test');
const docker = dockerCli(vm);
const administrator = new Administrator();
const locked = (value: unknown) => ({ locked: true, value });
let serial = 0;
let registry: Registry;
let engine: EngineClient;
/** Of the client's image: it is from a file, so that no name counts for it. */
let id: string;
/** Of the reaper's, as it was pushed. */
let digest: string;

beforeAll(async () => {
  registry = await Registry.start(vm.folder);
  digest = await registry.push((await testImage('ryuk')).path, ryuk, 'of-ours');
  const options = JSON.stringify({ 'registry-mirrors': [registry.mirror] });
  const user = Buffer.from(JSON.stringify({ linuxVM: { dockerDaemonOptions: { value: options } } }));
  await vm.open({ settings: { user } });
  const { organization, publicKey } = administrator;
  await ask(vm, 'settings.enroll', { organization, publicKey });
  engine = await vm.engine();
  await engine.loadImage('dist/hello.tar');
  await engine.loadImage((await testImage('client')).path);
  const { body } = await engine.request('GET', `/images/${client}/json`);
  ({ Id: id } = JSON.parse(body.toString()) as { Id: string });
});
afterAll(async () => {
  await registry.stop();
  await vm.dispose();
});

/** Puts a list of images in force. */
const list = (images: string[], { derived = false, deny = ['push', 'build'] } = {}) =>
  allow({
    imageList: { images, allowDerivedImages: derived },
    commandList: { type: 'deny', commands: deny },
  });
const allow = (dockerSocketMount: SocketMount) =>
  ask(vm, 'settings.apply', {
    admin: onChannel(
      administrator.sign(++serial, {
        enhancedContainerIsolation: { ...locked(true), dockerSocketMount },
      }),
    ),
    restart: 'if-kept',
  });
const inside = (...command: string[]) => docker.run(['exec', 'asker', ...command]);

describe("a container of a listed image asks the engine, by a socket of the container's own", () => {
  test('which none is at first, whatever it is called', async () => {
    await list([]);
    await docker.run(['tag', client, 'docker:cli']);
    await list(['docker:*']);
    const { status, stderr } = await docker.run(['run', '-v', socket, 'docker:cli', 'docker', 'ps']);
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'enhanced container isolation: docker socket mount denied for container with image ' +
        '"docker.io/library/docker"; image is not in the allowed list',
    );
    expect(stderr).toContain(setting);
  });

  test('as the image itself: it asks, and what it makes is confined', async () => {
    expect((await list([id])).restart).toBe('not-needed');
    const name = ['--name', 'asker', '--init'];
    const started = await docker.run(['run', '-d', ...name, '-v', socket, client, 'sleep', '100000']);
    expect(started.status, started.stderr).toBe(0);
    expect((await inside('docker', 'ps', '--format={{.Names}}')).stdout).toMatch(/^asker$/m);
    const map = await inside('docker', 'run', '--rm', Image, 'cat', '/proc/self/uid_map');
    expect(map.stdout, map.stderr).toMatch(/^ *0 +[1-9]\d{5,} +65536\n$/);
    // a hijacked stream, and the end of its input
    const stream = await inside('sh', '-c', `head -c 300000 /dev/zero | docker run --rm -i ${Image} wc -c`);
    expect(stream.stdout, stream.stderr).toBe('300000\n');
    const shared = await inside('docker', 'run', '--rm', '--pid=host', Image, 'true');
    expect(shared.stderr).toContain("can't share namespaces [pid] with the host");
    expect((await inside('docker', 'swarm', 'init')).stderr).toContain('is for administrators');
    const other = await inside('docker', 'run', '--rm', '-v', socket, Image, 'true');
    expect(other.stderr).toContain(
      'docker socket mount denied for container with image "docker.io/bulkhead/hello"',
    );
    const push = await inside('docker', 'push', Image);
    expect(push.stderr).toMatch(
      /enhanced container isolation: docker command "\/v1\.\d+\/images\/bulkhead\/hello\/push\?tag=latest" is blocked/,
    );
    expect(push.stderr).toContain(setting);
    // its group 0, as the engine's own; nobody else in the container
    expect((await inside('stat', '-c', '%a %g', '/var/run/docker.sock')).stdout).toBe('660 0\n');
    const nobody = await docker.run(['exec', '-u', 'nobody', 'asker', 'docker', 'ps']);
    expect(nobody.stderr).toContain('permission denied');
  });

  test('by no other way: folders above it, its other names, volumes of another, a derived image', async () => {
    for (const source of ['/run', '/var/run', '/run/bulkhead/sockets']) {
      const { stderr } = await docker.run(['run', '--rm', '-v', `${source}:/x`, client, 'true']);
      expect(stderr, source).toContain(`can't mount ${source} because`);
    }
    const odd = await docker.run(['run', '--rm', '-v', '/proc/1/root/run/docker.sock:/x', client, 'true']);
    expect(odd.stderr).toContain('docker socket mount denied');
    const named = await docker.run([
      'run',
      '--rm',
      '-v',
      '/run/docker.sock:/x',
      client,
      'docker',
      '-H',
      'unix:///x',
      'ps',
      '-q',
    ]);
    expect(named.stdout, named.stderr).toMatch(/^[0-9a-f]{12}\n/);
    await docker.run(['commit', 'asker', 'derived']);
    const mount = `--mount=type=bind,src=/var/run/docker.sock,dst=/var/run/docker.sock`;
    const derived = await docker.run(['run', '--rm', mount, 'derived', 'docker', 'ps', '-q']);
    expect(derived.stderr).toContain(
      'docker socket mount denied for container with image "docker.io/library/derived"',
    );
    // it has a socket of its own then, and that leads nowhere
    const from = await docker.run([
      'run',
      '--rm',
      '--volumes-from',
      'asker',
      'derived',
      'docker',
      'ps',
      '-q',
    ]);
    expect(from.stdout).toBe('');
    expect(from.stderr).toContain(
      'docker socket mount denied for container with image "docker.io/library/derived"',
    );
    await list([id], { derived: true });
    const allowed = await docker.run(['run', '--rm', mount, 'derived', 'docker', 'ps', '-q']);
    expect(allowed.stdout, allowed.stderr).toMatch(/^[0-9a-f]{12}\n/);
  });

  test('as long as it is listed, and again after the container was started again', async () => {
    await docker.run(['restart', '-t', '0', 'asker']);
    expect((await inside('docker', 'ps', '-q')).stdout).toMatch(/^[0-9a-f]{12}\n/);
    await list([]);
    const refused = await inside('docker', 'ps');
    expect(refused.stderr).toContain('docker socket mount denied');
  });
});

describe('out of a container', () => {
  const inside = (input: string, ...command: string[]) =>
    docker.run(['exec', '-i', 'asker', ...command], { input });

  beforeAll(async () => {
    await list([id]);
  });

  test('a build says that it is blocked, where it is', async () => {
    const blocked = /enhanced container isolation: docker command "\S+" is blocked/;
    const old = await inside(`FROM ${Image}\n`, 'env', 'DOCKER_BUILDKIT=0', 'docker', 'build', '-');
    expect(old.stderr).toMatch(blocked);
    // for buildx an engine that refuses /grpc has no BuildKit: it wants one in a container, and says what stops that
    await list([id], { deny: ['push', 'build', 'pull'] });
    const { status, stderr } = await inside(`FROM ${Image}\n`, 'docker', 'buildx', 'build', '-');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(blocked);
    expect(stderr).toContain('fromImage=moby%2Fbuildkit');
  });

  test('BuildKit is spoken to, over /session and /grpc: a build with a secret, in ids of its own', async () => {
    await list([id], { deny: ['push'] });
    const dockerfile = `FROM ${Image}\nRUN --mount=type=secret,id=s cat /run/secrets/s /proc/self/uid_map\n`;
    const line = `mkdir -p /b; cat > /b/Dockerfile; echo of-the-client > /b/s;
      docker buildx build --progress=plain --no-cache --secret id=s,src=/b/s -t built /b`;
    const { status, stderr } = await inside(dockerfile, 'sh', '-c', line);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('of-the-client');
    expect(stderr).toMatch(/ 0 +[1-9]\d{5,} +65536/);
    expect((await docker.run(['image', 'inspect', '-f', '{{.Os}}', 'built'])).stdout).toBe('linux\n');
    const host = await inside(dockerfile, 'docker', 'build', '--network=host', '-');
    expect(host.stderr).toContain("can't share a network namespace with the host");
  });

  test('compose runs a project, and says what is refused', async () => {
    const services = (more: string) =>
      `services: { one: { image: ${Image}, command: [cat, /proc/self/uid_map]${more} } }\n`;
    const compose = (more: string) =>
      inside(services(more), 'docker', 'compose', '-p', 'out', '-f', '-', 'run', '--rm', '-T', 'one');
    const made = await compose('');
    expect(made.stdout, made.stderr).toMatch(/^ *0 +[1-9]\d{5,} +65536\n$/);
    expect((await compose(', pid: host')).stderr).toContain("can't share namespaces [pid] with the host");
    expect((await compose(`, volumes: ["${socket}"]`)).stderr).toContain(
      'docker socket mount denied for container with image "docker.io/bulkhead/hello"',
    );
  });
});

test('when the service behind the sockets falls over, containers go on with theirs', async () => {
  const ofSockets = async () =>
    (await askStatus(vm, deadline(1))).services.find(({ name }) => name === 'sockets')?.pid;
  const listening = async () =>
    (await vm.output('cat /proc/net/unix')).match(/ 00010000 .*\/sockets\/[0-9a-f]{64}\.sock$/gm);
  for (const round of ['once', 'and again']) {
    const pid = await ofSockets();
    await vm.shell(`kill -9 ${pid}`);
    const asked = await inside('docker', 'ps', '--format={{.Names}}');
    expect(asked.stdout, `${round}: ${asked.stderr}`).toContain('asker\n');
    expect(await ofSockets()).not.toBe(pid);
  }
  await vm.shell(`kill -9 ${await ofSockets()}`);
  const restarted = await docker.run(['restart', '-t', '0', 'asker']); // which waits for the service
  expect(restarted.status, restarted.stderr).toBe(0);
  expect((await inside('docker', 'ps', '--format={{.Names}}')).stdout).toContain('asker\n');
  expect(await listening()).toHaveLength(1);
  const { stdout: asker } = await docker.run(['inspect', '-f', '{{.Id}}', 'asker']);
  const removed = await docker.run(['rm', '-f', 'asker']);
  expect(removed.status, removed.stderr).toBe(0);
  // PID 1 has let go of it, too; and should it not have: what holds it
  const left = async () => ({
    listening: await listening(),
    files: await vm.output('ls /run/bulkhead/sockets'),
    groups: await vm.output(`ls -d /sys/fs/cgroup/bulkhead/containers/${asker.trim()} 2>/dev/null`),
  });
  await expect
    .poll(left, { timeout: deadline(1), interval: 1000 })
    .toEqual({ listening: null, files: '', groups: '' });
});

describe('an image that was pulled', () => {
  const asking = (name: string) =>
    docker.run(['run', '--rm', '-v', socket, name, 'docker', 'ps', '--format={{.Image}}']);
  const denied = `docker socket mount denied for container with image "docker.io/${ryuk}"`;

  test('counts by its digest, and by the name that it was pulled from', async () => {
    await list([`${ryuk}@${digest}`]);
    const pulled = await docker.run(['pull', `${ryuk}:of-ours`]);
    expect(pulled.status, pulled.stderr).toBe(0);
    const { body } = await engine.request('GET', `/images/${ryuk}:of-ours/json`);
    expect(JSON.parse(body.toString())).toMatchObject({ RepoDigests: [`${ryuk}@${digest}`] });
    expect((await asking(`${ryuk}:of-ours`)).stdout).toContain(`${ryuk}:of-ours\n`);
    await list([`${ryuk}@sha256:${'0'.repeat(64)}`]);
    expect((await asking(`${ryuk}:of-ours`)).stderr).toContain(denied);
    await list([`${ryuk}:*`]);
    expect((await asking(`${ryuk}:of-ours`)).stdout).toContain(`${ryuk}:of-ours\n`);
    await docker.run(['tag', client, `${ryuk}:not-pulled`]);
    expect((await asking(`${ryuk}:not-pulled`)).stderr).toContain(denied);
  });

  test('is the reaper of testcontainers, by its preset: what a test run leaves is removed', async () => {
    await docker.run(['rmi', '-f', `${ryuk}:of-ours`]); // testcontainers pulls it by itself
    await allow(socketMountOf(presets.testcontainers));
    const ports = [await choosePort(undefined, undefined), await choosePort(undefined, undefined)] as const;
    await forwardPorts(vm, ...ports);
    const run = await testcontainers(vm, { image: helloImage.reference, ryuk: `${ryuk}:of-ours`, ports });
    onTestFinished(run.kill);
    expect(run.session).toEqual({ container: expect.any(String), served: 'served', copied: 'copied' });
    const running = async (filter: string) =>
      (await docker.run(['ps', '--no-trunc', '--format={{.ID}}', `--filter=${filter}`])).stdout.trim();
    const reaper = await running('label=org.testcontainers.ryuk=true');
    const left = 'container' in run.session ? run.session.container : '';
    expect(await running('label=org.testcontainers=true')).toContain(left);
    const more = await docker.run(['exec', reaper, 'docker', 'run', Image]);
    expect(more.stderr).toMatch(/docker command "\/v1\.\d+\/containers\/create" is blocked/);
    await run.kill();
    await expect
      .poll(() => running('label=org.testcontainers=true'), { timeout: deadline(2), interval: 1000 })
      .toBe('');
  });
});
