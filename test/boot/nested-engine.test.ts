import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerEnvironment } from '../../host/docker/cli.ts';
import { otherOutcomes } from '../attempts/attempt.ts';
import { mountScript, quoted, writeAttempts } from '../attempts/rows/mount-attempts.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { NestedEngine } from '../harness/nested-engine.ts';
import { found, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';
import { debian, testImage } from '../images/test-image.ts';

const vms = { here: share('shared'), stock: share('stock') };
const probers = {} as Record<keyof typeof vms, Prober>;
let nested: NestedEngine;

beforeAll(async () => {
  for (const where of ['here', 'stock'] as const) {
    probers[where] = await Prober.open(await vms[where].engine());
    await probers[where].run('put /volume/file kept', { host: { Binds: ['nested-ro:/volume'] } });
  }
  nested = await startIn('here');
});
afterAll(() => nested.remove());

function startIn(where: keyof typeof vms): Promise<NestedEngine> {
  return NestedEngine.start(probers[where].engine, ['nested-ro:/ro:ro', 'nested-rw:/rw']);
}

/** Runs it and expects it to end well. @returns what it said */
async function inside(line: string, where = nested): Promise<string> {
  const { said, exitCode } = await where.run(line);
  expect(exitCode, said).toBe(0);
  return said;
}

test('an engine in a privileged container runs containers, on overlay, in the ids of its own container', async () => {
  await inside('docker load -i /hello.tar');
  const said = await inside(
    'docker run --rm -v data:/data --privileged bulkhead/hello sh -c "cat /proc/self/uid_map; touch /data/x; ls -ln /data"',
  );
  const own = await inside('cat /proc/self/uid_map');
  expect(own).toMatch(/^0 +[1-9]\d{5,} +65536$/);
  expect(said).toContain(own);
  expect(await inside('docker info -f "{{.Driver}}"')).toBe('overlay2');
});

test('it builds, with its own BuildKit', async () => {
  const said = await inside(
    `mkdir /build && cd /build && printf 'FROM bulkhead/hello\nRUN cat /proc/self/uid_map && touch /built\n' > Dockerfile &&
     docker build --progress=plain -t built . && docker run --rm built ls -ln /built`,
  );
  expect(said).toMatch(/ 0 +[1-9]\d{5,} +65536/);
  expect(said).toMatch(/-rw-r--r-- +1 0 +0 .* \/built$/m);
});

test('its compose starts two services, which reach each other by name on a network of their own', async () => {
  const said = await inside(
    `cd /compose && docker compose up --exit-code-from client && docker compose down && docker ps -aq`,
  );
  expect(said).toContain('nobody:x:65534');
});

/** The mounts of the container around it, bound into a privileged one: what is locked stays locked. */
async function tryMounts(engine: NestedEngine) {
  await inside('docker load -i /tools.tar', engine);
  const script = `mkdir -p /tmp/tree /tmp/copy; ${mountScript(writeAttempts)}`;
  const line = `docker run --rm --privileged -v /ro:/ro:ro -v /rw:/rw --tmpfs /tmp bulkhead-test/tools sh -c ${quoted(script)}`;
  return found(await inside(line, engine));
}

test('what it got read-only stays so also in its privileged containers', async () => {
  const seen = await tryMounts(nested);
  expect(otherOutcomes(writeAttempts, seen, 'here')).toEqual([]);
  expect(seen.changed).toBe('');
  expect(await inside('cat /ro/file')).toBe('kept');
});

test('with plain runc around it, it does not', async () => {
  const stock = await startIn('stock');
  try {
    expect(otherOutcomes(writeAttempts, await tryMounts(stock), 'stock')).toEqual([]);
  } finally {
    await stock.remove();
  }
});

test("buildx's docker-container driver: the builder and what it builds are in the builder's ids", async () => {
  const { reference } = await testImage('dind');
  const docker = dockerCli(vms.here);
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await docker.run(args);
    expect(status, stdout + stderr).toBe(0);
    return stdout + stderr;
  };
  const folder = mkdtempSync(join(tmpdir(), 'bhx-'));
  try {
    const { DOCKER_HOST, DOCKER_CERT_PATH } = dockerEnvironment(vms.here.paths, await vms.here.port());
    const files = ['ca', 'cert', 'key'].map((name) => `${name}=${DOCKER_CERT_PATH}/${name}.pem`);
    // with certificates, buildx wants the engine as a context
    await run('context', 'create', 'vm', '--docker', [`host=${DOCKER_HOST}`, ...files].join());
    const driver = ['--driver', 'docker-container', '--driver-opt', `image=${reference}`];
    await run('buildx', 'create', '--name', 'own', ...driver, 'vm');
    await run('buildx', 'inspect', '--bootstrap', 'own');
    const builder = await run('exec', 'buildx_buildkit_own0', 'cat', '/proc/self/uid_map');
    expect(builder).toMatch(/^ +0 +[1-9]\d{5,} +65536$/m);
    const { packages } = await debian();
    copyFileSync((await packages.file('busybox-static', '/usr/bin/busybox')).path, join(folder, 'busybox'));
    const step = 'RUN ["/bin/busybox", "cat", "/proc/self/uid_map"]';
    writeFileSync(join(folder, 'Dockerfile'), `FROM scratch\nCOPY busybox /bin/busybox\n${step}\n`);
    const output = ['--output', `type=local,dest=${join(folder, 'built')}`];
    const said = await run('buildx', 'build', '--builder', 'own', '--progress', 'plain', ...output, folder);
    expect(said).toContain(builder.trim());
    expect(existsSync(join(folder, 'built/bin/busybox'))).toBe(true);
  } finally {
    await docker.run(['buildx', 'rm', 'own']);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('its data is there after a restart', async () => {
  await nested.restart();
  expect(await inside('docker run --rm -v data:/data bulkhead/hello ls /data')).toBe('x');
});
