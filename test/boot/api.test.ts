import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuthority } from '../../host/certificates/authority.ts';
import { EngineClient } from '../../host/engine/client.ts';
import { engineEndpoint } from '../../host/engine/connect.ts';
import type { Endpoint } from '../../host/engine/transport.ts';
import { readEvents } from '../../host/events/events.ts';
import { ENGINE_VERSION } from '../../services/authorizer/fixtures-engine-routes.ts';
import { rawRequests } from '../attempts/rows/requests.ts';
import { deadline } from '../harness/deadline.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { engineAs, issueClient } from '../harness/issued-client.ts';
import { rawRequest } from '../harness/raw-request.ts';
import { ask as onChannel } from '../harness/settings.ts';
import { share } from '../harness/share.ts';

/** The authorization of the engine's API, asked by real and by unreal clients. Its table is tested beside its code. */
const vm = share('shared');
const docker = dockerCli(vm);
const folder = mkdtempSync(join(tmpdir(), 'bha-'));
const IMAGE = 'bulkhead/hello:latest';
let endpoint: Endpoint;
let engine: EngineClient;

beforeAll(async () => {
  endpoint = await engineEndpoint(vm.paths, await vm.port());
  engine = await vm.engine();
});
afterAll(async () => {
  await docker.run(['rm', '-f', 'api-cp']);
  rmSync(folder, { recursive: true, force: true });
});

test('the table is of the engine that is in the image', async () => {
  // else: read its routers again, services/authorizer/fixtures-engine-routes.ts
  expect((await engine.version()).Version).toMatch(new RegExp(`^${ENGINE_VERSION}\\b`));
});

describe('a request that is not as docker writes it makes no container', () => {
  test.each(rawRequests(IMAGE))('$title', async ({ text, here }) => {
    expect((await rawRequest(endpoint, text, deadline(1))).slice(0, 2000)).toMatch(here);
  });

  test('none was made', async () => {
    const filters = encodeURIComponent('{"label":["attempt=api"]}');
    const { body: list } = await engine.request('GET', `/containers/json?all=1&filters=${filters}`);
    expect(JSON.parse(String(list))).toEqual([]);
  });
});

test('a refusal is in the log as an event: who, what, which rule and setting', async () => {
  const { stderr } = await docker.run(['create', '-v', '/var/run/docker.sock:/s', IMAGE]);
  expect(stderr).toContain(
    'enhanced container isolation: docker socket mount denied for container with image "docker.io/bulkhead/hello"; ' +
      'image is not in the allowed list',
  );
  const found = async () =>
    (await readEvents(vm.paths.events))
      .flatMap((event) =>
        event.kind === 'log' && event.entry.fields?.rule === 'socket-mount' ? [event.entry] : [],
      )
      .at(-1); // other files ask this VM, too
  await expect.poll(found, { timeout: deadline(1), interval: 500 }).toMatchObject({
    source: 'authorizer',
    level: 'warn',
    fields: {
      who: 'admin admin',
      what: expect.stringMatching(/^POST \/v1\.\d+\/containers\/create/),
      setting: 'enhancedContainerIsolation.dockerSocketMount',
    },
  });
});

test('a user has a certificate of the same authority, and may not what is for administrators', async () => {
  const ann = await engineAs(await issueClient(vm, 'ann', 'user'), vm);
  await ann.ping();
  const { status, body } = await ann.request('POST', '/swarm/leave?force=1');
  expect(status).toBe(403);
  expect(String(body)).toContain('POST /swarm/leave is for administrators; ann is not one');
  // the same by an administrator gets to the engine
  expect((await engine.request('POST', '/swarm/leave?force=1')).status).toBe(503);
});

test('a certificate that is revoked is worthless at once, on connections that are open, too; an expired one always', async () => {
  const bob = await issueClient(vm, 'bob');
  const { cert, key, fingerprint } = bob;
  const { port, ca } = endpoint;
  const socket = connect({ host: '127.0.0.1', port, ca, cert, key });
  socket.setTimeout(deadline(1), () => socket.destroy(new Error('no answer')));
  const ask = async () => {
    socket.write('GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('latin1');
  };
  expect(await ask()).toMatch(/^HTTP\/1\.1 200 /);
  const { revoked } = await onChannel(vm, 'certificates.revoke', { fingerprints: [fingerprint] });
  expect(revoked).toContain(fingerprint);
  const refused =
    /^HTTP\/1\.1 403 .*the certificate of bob has been revoked \[rule identity; always in force\]/s;
  expect(await ask()).toMatch(refused);
  socket.destroy();
  const { status } = await (await engineAs(bob, vm)).request('GET', '/containers/json');
  expect(status).toBe(403);
  await engine.ping(); // others are as good as before
  const copy = join(folder, 'authority'); // it would make the docker command's own certificate anew, as of then
  cpSync(vm.paths.authority, copy, { recursive: true });
  const then = () => new Date(Date.now() - 400 * 24 * 3_600_000);
  const before = await openAuthority(copy, { name: vm.name, now: then });
  const old = await before.issueClient('bob', 'admin');
  await expect(
    new EngineClient({ ...endpoint, cert: old.certificate, key: old.key }).ping(),
  ).rejects.toMatchObject({ code: 'engine-unreachable' });
});

test('docker cp follows no link out of the container, either way', async () => {
  const started = await docker.run([
    ...['run', '-d', '--name', 'api-cp', IMAGE, 'sh', '-c'],
    'ln -s /etc /link; ln -s / /up; ln -s /../../../../etc /far; exec sleep 1000',
  ]);
  expect(started.status, started.stderr).toBe(0);
  writeFileSync(join(folder, 'mark'), 'of the container\n');
  for (const place of ['/link/', '/far/', '/up/tmp/']) {
    expect(await docker.run(['cp', join(folder, 'mark'), `api-cp:${place}mark`])).toMatchObject({
      status: 0,
    });
    expect(await docker.run(['cp', `api-cp:${place}mark`, join(folder, 'back')])).toMatchObject({
      status: 0,
    });
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe('of the container\n');
  }
  const seen = await docker.run(['exec', 'api-cp', 'cat', '/etc/mark', '/tmp/mark']);
  expect(seen.stdout).toBe('of the container\nof the container\n');
});

test('streams go through: attach with input, exec on a terminal, following logs, events', async () => {
  const attached = await docker.run(['run', '--rm', '-i', IMAGE, 'cat'], { input: 'x'.repeat(300_000) });
  expect(attached.stdout.length).toBe(300_000);
  const terminal = await docker.run(['exec', '-t', 'api-cp', 'sh', '-c', 'test -t 0 && echo on a terminal']);
  expect(terminal.stdout, terminal.stderr).toBe('on a terminal\r\n');
  const since = Math.floor(Date.now() / 1000) - 3600;
  const named = ['--name', 'api-stream'];
  await docker.run(['run', '-d', ...named, IMAGE, 'sh', '-c', 'echo one; sleep 2; echo two']);
  expect((await docker.run(['logs', '-f', 'api-stream'])).stdout).toBe('one\ntwo\n');
  const until = `--until=${Math.floor(Date.now() / 1000) + 3600}`;
  const events = docker.run(
    ['events', `--since=${since}`, '--filter=container=api-stream', '--format={{.Action}}', until],
    {
      timeout: 15_000,
    },
  );
  // it has no end by itself: what it said until then is in the error
  await expect(events).rejects.toThrow(/create\n(.*\n)*start\n(.*\n)*die/);
  await docker.run(['rm', '-f', 'api-stream']);
});
