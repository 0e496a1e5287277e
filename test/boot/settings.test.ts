import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { differences, verifyStatement } from '../../policy/attestation/verify.ts';
import { releaseManifest } from '../../policy/manifest/release.ts';
import { deadline } from '../harness/deadline.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { askStatus } from '../harness/guest.ts';
import { Prober } from '../harness/probes.ts';
import { Administrator, ask, onChannel } from '../harness/settings.ts';
import { IMAGE, TestVm } from '../harness/vm.ts';

const Image = 'bulkhead/hello';
const administrator = new Administrator();
const lock = (value: unknown) => ({ locked: true, value });
const user = (settings: object) => Buffer.from(JSON.stringify(settings));
const isolationOff = user({ enhancedContainerIsolation: { value: false } });

/** Everything that takes effect in the VM, and can be seen from outside. */
const everything = {
  enhancedContainerIsolation: lock(true),
  portBindingBehavior: lock('default-local-port-binding'),
  proxy: { locked: true, mode: 'manual', http: 'http://proxy.example:3128', exclude: ['a.example'] },
  linuxVM: {
    dockerDaemonOptions: lock('{"labels": ["who=acme"], "registry-mirrors": ["https://mirror.example"]}'),
  },
  blockDockerLoad: lock(true),
  bulkhead: {
    privileged: lock('deny'),
    devices: lock([]),
    plugins: lock(false),
    swarm: lock(false),
    pidsLimit: lock(100),
  },
};

const settingsOf = async (vm: TestVm) => (await askStatus(vm, deadline(2))).settings;
const info = async (engine: EngineClient) => {
  const { body } = await engine.request('GET', '/info');
  return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
};

describe('a machine that gets an administrator', () => {
  const vm = new TestVm('settings');
  const apply = (document: ReturnType<Administrator['sign']>) =>
    ask(vm, 'settings.apply', { admin: onChannel(document), restart: 'if-kept' });
  let engine: EngineClient;
  let prober: Prober;
  /** Started before the settings change. */
  let before: string;

  beforeAll(async () => {
    await vm.start({ settings: {} });
    engine = await vm.engine();
    await engine.loadImage('dist/hello.tar');
    prober = await Prober.open(engine);
    before = await prober.start();
  });
  afterAll(() => vm.dispose());

  test('belongs to nobody at first, and takes no document', async () => {
    expect(await settingsOf(vm)).toEqual({ mode: 'unmanaged', locked: 0, isolation: true });
    await expect(apply(administrator.sign(5))).rejects.toThrow('not-enrolled');
    await expect(ask(vm, 'settings.submit', { allowedOrganizations: [], required: false })).rejects.toThrow(
      'sealed',
    );
  });

  test('is enrolled once', async () => {
    const { organization, publicKey } = administrator;
    expect(await ask(vm, 'settings.enroll', { organization, publicKey })).toEqual({ organization });
    await expect(
      ask(vm, 'settings.enroll', { organization: 'evil', publicKey: new Administrator(2).publicKey }),
    ).rejects.toThrow('belongs to acme already');
  });

  test('takes a document of its administrator: the engine is started again, containers go on', async () => {
    const { restart, changes } = await apply(administrator.sign(5, everything));
    expect(restart).toBe('done');
    expect(changes.find(({ key }) => key === 'proxy')).toMatchObject({
      takes: 'engine-restart',
      lock: 'locked',
    });
    expect(await settingsOf(vm)).toMatchObject({
      mode: 'managed',
      organization: 'acme',
      serial: 5,
      locked: 10,
    });
    expect((await engine.inspectContainer(before)).State.Running).toBe(true);
    expect((await prober.in(before, 'try here echo yes')).here).toBe('yes');
  });

  test.each([
    ['an older one', administrator.sign(4), 'older'],
    ['another one with the same serial', administrator.sign(5), 'same-serial'],
    ['one of another key', new Administrator(2).sign(9), 'bad-signature'],
    ['one that cannot be read', administrator.sign(9, { blockDockerLoad: true }), 'malformed'],
    ['one that has expired', administrator.sign(9, { expires: '2020-01-01T00:00:00Z' }), 'expired'],
  ])('takes no document but a newer one of its administrator: %s', async (_, document, code) => {
    await expect(apply(document)).rejects.toThrow(`(${code})`);
    expect(await settingsOf(vm)).toMatchObject({ serial: 5, locked: 10 });
  });

  test('does what they say, and says who said so', async () => {
    const said = await info(engine);
    expect(said).toMatchObject({
      Labels: ['who=acme'],
      HttpProxy: 'http://proxy.example:3128',
      NoProxy: 'a.example',
      RegistryConfig: { Mirrors: ['https://mirror.example/'] },
    });
    expect(await prober.refusal({ host: { Privileged: true } })).toContain(
      '[rule privileged; setting bulkhead.privileged, locked by your administrator]',
    );
    const fuse = { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' };
    expect(await prober.refusal({ host: { Devices: [fuse] } })).toContain(
      'setting bulkhead.devices, locked by your administrator]',
    );
    const { limit } = await prober.run('try limit cat /sys/fs/cgroup/pids.max');
    expect(limit).toBe('100');
    // refused before it is read: what a client still sends may meet a closed connection
    const load = await engine.request('POST', '/images/load');
    expect(load.status).toBe(403);
    expect(load.body.toString()).toContain(
      'images from files are blocked [rule image-files; setting blockDockerLoad, locked by your administrator]',
    );
    const swarm = await engine.request('POST', '/swarm/init', { body: { ListenAddr: '127.0.0.1' } });
    expect(swarm.status).toBe(403);
    expect(swarm.body.toString()).toContain('setting bulkhead.swarm, locked by your administrator]');
    await prober.remove(before);
  });

  test('lets builds ask for what the administrator allows (build.test.ts: refused where nobody does), in ids of their own', async () => {
    const open = { bulkhead: { buildEntitlements: lock(['security.insecure']) } };
    expect((await apply(administrator.sign(6, { ...everything, bulkhead: open.bulkhead }))).restart).toBe(
      'done',
    );
    const folder = mkdtempSync(join(tmpdir(), 'bhb-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'Dockerfile'), `FROM ${Image}\nRUN cat /proc/self/uid_map\n`);
    const options = ['--progress=plain', '--no-cache', '--allow', 'security.insecure'];
    const { status, stderr } = await dockerCli(vm).run(['build', ...options, folder]);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/ 0 +[1-9]\d{5,} +65536/);
    await apply(administrator.sign(7, everything));
  });

  test('attests what it runs and which settings are in force', async () => {
    const nonce = randomBytes(32).toString('hex');
    const authority = readFileSync(join(vm.paths.authority, 'ca.pem'), 'utf8');
    const signed = await ask(vm, 'attest', { nonce });
    const said = verifyStatement(signed, authority, nonce);
    const released = releaseManifest.parse(JSON.parse(readFileSync(join(IMAGE, 'manifest.json'), 'utf8')));
    expect(differences(said, released)).toEqual([]);
    const { digest } = await ask(vm, 'settings.get', {});
    expect(said.policy).toEqual({ mode: 'managed', organization: 'acme', serial: 7, digest });
    expect(() => verifyStatement(signed, authority, '00'.repeat(32))).toThrow('another question');
  });

  test('keeps them over a power cut, whatever the launcher brings', async () => {
    await vm.powerCut();
    await vm.start({ settings: { admin: administrator.sign(4), user: isolationOff } });
    const { policy, notes } = await ask(vm, 'settings.get', {});
    expect(policy).toMatchObject({ mode: 'managed', serial: 7 });
    expect(policy.rows.find(({ key }) => key === 'enhancedContainerIsolation')).toMatchObject({
      value: { value: true },
      locked: true,
      passedOver: expect.stringContaining('Locked by your administrator'),
    });
    expect(notes[0]?.message).toContain('are not taken: it has serial 4');
    expect(vm.console()).toContain('settings: acme, serial 7, 10 locked');
    engine = await vm.engine();
    prober = await Prober.open(engine);
    expect(await prober.refusal({ host: { Privileged: true } })).toContain('locked by your administrator]');
    const published = await prober.start({
      ExposedPorts: { '80/tcp': {} },
      host: { PublishAllPorts: true },
    });
    const portsOf = async (id: string) => {
      const { body } = await engine.request('GET', `/containers/${id}/json`);
      return JSON.parse(body.toString('utf8')).NetworkSettings.Ports['80/tcp'];
    };
    expect(await portsOf(published)).toEqual([expect.objectContaining({ HostIp: '127.0.0.1' })]);
    await prober.remove(published);
    // and on a network that a user makes
    const made = await engine.request('POST', '/networks/create', { body: { Name: 'own' } });
    expect(made.status).toBe(201);
    const onOwn = await prober.start({
      ExposedPorts: { '80/tcp': {} },
      host: { PublishAllPorts: true, NetworkMode: 'own' },
    });
    expect(await portsOf(onOwn)).toEqual([expect.objectContaining({ HostIp: '127.0.0.1' })]);
    await prober.remove(onOwn);
  });
});

describe('a machine of nobody', () => {
  const wishes = {
    exposeDockerAPIOnTCP2375: { value: true },
    linuxVM: { vpnkitCIDR: { value: '192.168.65.0/24' } },
  };
  const vm = new TestVm('settings-free');
  afterAll(() => vm.dispose());

  test('lets its user give up isolation for new containers, and says so', async () => {
    const settings = { enhancedContainerIsolation: { value: false }, ...wishes };
    await vm.start({ settings: { user: user(settings) } });
    const engine = await vm.engine();
    await engine.loadImage('dist/hello.tar');
    expect(await settingsOf(vm)).toEqual({ mode: 'unmanaged', locked: 0, isolation: false });
    expect(vm.console()).toContain('ISOLATION IS OFF');
    const Cmd = ['sh', '-c', 'cat /proc/self/uid_map; cat /proc/1/comm'];
    const { stdout } = await runContainer(engine, { Image, Cmd, HostConfig: { PidMode: 'host' } });
    expect(stdout).toMatch(/^ *0 +0 +4294967295\n/);
    // whatever is wished, in the VM's own network: 2376 listens (hexadecimal, state 0A), 2375 does not
    const Sockets = {
      Image,
      Cmd: ['cat', '/proc/net/tcp', '/proc/net/tcp6'],
      HostConfig: { NetworkMode: 'host' },
    };
    const listening = (await runContainer(engine, Sockets)).stdout;
    expect(listening).toMatch(/:0948 \S+ 0A/);
    expect(listening).not.toMatch(/:0947 \S+ 0A/);
    expect(vm.console()).toContain('eth0 has 10.0.2.15/24');
  });

  test('has the strictest defaults where registry.json names who must sign', async () => {
    await vm.powerCut();
    await vm.start({ settings: { user: isolationOff, allowedOrganizations: ['acme'] } });
    expect(await settingsOf(vm)).toMatchObject({ mode: 'strictest', isolation: true });
    expect(vm.console()).toContain('the strictest defaults are in force');
    // the subnet that was in force in the boot before: QEMU is started before the VM can say anything
    expect(vm.console()).toContain('eth0 has 192.168.65.15/24');
    const prober = await Prober.open(await vm.engine());
    expect(await prober.refusal({ host: { PidMode: 'host' } })).toContain(
      "can't share namespaces [pid] with the host (because they use the linux user-namespace for isolation) " +
        '[rule namespaces; setting enhancedContainerIsolation, strictest defaults, as valid settings are required and none are there, locked]',
    );
  });
});
