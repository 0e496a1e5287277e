import { describe, expect, test } from 'vitest';
import type { RequestPolicy } from '../../policy/runtime/api.ts';
import { endpoints } from './endpoints.ts';
import { admin, request, user, verdict } from './fixtures.ts';
import { logs, mounts, plugins, sharedNetwork, socket, titled, volume } from './fixtures-words.ts';

const create = (host: unknown, image = 'docker:cli') =>
  request('POST /v1.45/containers/create', { Image: image, HostConfig: host });

describe('settings', () => {
  const locked: Partial<RequestPolicy> = {
    privileged: 'deny',
    blockDockerLoad: true,
    portBindingBehavior: 'local-only-port-binding',
    standings: {
      'bulkhead.privileged': { source: 'admin', locked: true },
      blockDockerLoad: { source: 'admin', locked: true },
      portBindingBehavior: { source: 'user', locked: false },
    },
  };
  const lock = 'locked by your administrator]';
  const ports = (ip: string) => ({ PortBindings: { '80/tcp': [{ HostIp: ip }] } });

  test.each(
    titled([
      [
        create({ Privileged: true }),
        `invalid or unsupported container spec: bulkhead containers can't be privileged [rule privileged; setting bulkhead.privileged, ${lock}`,
      ],
      [
        request('POST /containers/x/exec', { Privileged: true }),
        `exec cannot be privileged [rule privileged; setting bulkhead.privileged, ${lock}`,
      ],
      [request('POST /containers/x/exec', { Privileged: false }), 'allowed'],
      [
        request('POST /images/load'),
        `docker load is not allowed: images from files are blocked [rule image-files; setting blockDockerLoad, ${lock}`,
      ],
      [
        request('POST /images/create?fromSrc=-&repo=x'),
        `docker import is not allowed: images from files are blocked [rule image-files; setting blockDockerLoad, ${lock}`,
      ],
      [
        request('POST /images/create?fromImage=&fromSrc=http://x'),
        `docker import is not allowed: images from files are blocked [rule image-files; setting blockDockerLoad, ${lock}`,
      ],
      [request('POST /images/create?fromImage=alpine&tag=3'), 'allowed'],
      // a form in the body would win over the query
      [
        request('POST /images/create?fromImage=alpine', undefined, { headers: {} }),
        'this request must have no body, and must say so: Content-Length: 0 [rule body; always in force]',
      ],
      [
        create(ports('0.0.0.0')),
        'ports can be published on 127.0.0.1 only, not on 0.0.0.0 [rule port-binding; setting portBindingBehavior, set by you, not locked]',
      ],
      [
        create(ports('::')),
        'ports can be published on 127.0.0.1 only, not on :: [rule port-binding; setting portBindingBehavior, set by you, not locked]',
      ],
      [create(ports('127.0.0.1')), 'allowed'],
      [create(ports('')), 'allowed'],
      [
        request('POST /networks/create', {
          Name: 'n',
          Options: { 'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0' },
        }),
        'ports can be published on 127.0.0.1 only, not on 0.0.0.0 [rule port-binding; setting portBindingBehavior, set by you, not locked]',
      ],
    ]),
  )('%s', (_, asked, wanted) => {
    expect(verdict(asked, locked)).toBe(wanted);
  });

  test('a log driver that is allowed may not be led into the VM', () => {
    const policy = { logDrivers: ['fluentd', 'syslog'] };
    const log = (Type: string, Config: Record<string, string>) => create({ LogConfig: { Type, Config } });
    expect(verdict(log('fluentd', { 'fluentd-address': 'tcp://logs.example:24224' }), policy)).toBe(
      'allowed',
    );
    for (const address of [
      'unix:///run/docker.sock',
      'localhost:1',
      'tcp://127.0.0.1:1',
      '/run/x',
      'tcp://[::1]:1',
    ])
      expect(verdict(log('syslog', { 'syslog-address': address }), policy)).toBe(
        `log option syslog-address leads into the VM: ${address} [${logs}`,
      );
  });
});

describe('volumes, networks, plugins, swarm', () => {
  const service = (ContainerSpec: unknown, more = {}) =>
    request('POST /services/create', { TaskTemplate: { ContainerSpec, ...more } });
  const options = (DriverOpts: unknown) => request('POST /volumes/create', { DriverOpts });
  const noSwarm = 'swarm mode is not allowed [rule swarm; setting bulkhead.swarm, built in, not locked]';

  test.each(
    titled([
      [request('POST /volumes/create', { Name: 'x' }), 'allowed'],
      [options({ type: 'tmpfs', device: 'tmpfs', o: 'size=10m,uid=1000' }), 'allowed'],
      [options({ size: '10g' }), 'allowed'],
      [options({ type: 'none', device: '/etc', o: 'bind' }), volume('none', '/etc', 'bind')],
      // mount(2) takes no notice of the type when it binds
      [options({ type: 'tmpfs', device: '/etc', o: 'bind' }), volume('tmpfs', '/etc', 'bind')],
      [
        options({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m,rbind' }),
        volume('tmpfs', 'tmpfs', 'size=1m,rbind'),
      ],
      [options({ type: 'ext4', device: '/dev/vdb' }), volume('ext4', '/dev/vdb', '')],
      [options({ type: 'nfs', device: ':/x', o: 'addr=10.0.0.1' }), volume('nfs', ':/x', 'addr=10.0.0.1')],
      [options({ type: 'overlay', device: 'x', o: 'lowerdir=/' }), volume('overlay', 'x', 'lowerdir=/')],
      [
        request('POST /volumes/create', { Driver: 'x' }),
        `volume driver x is not allowed: drivers are plugins [${plugins}`,
      ],
      [
        request('POST /volumes/create', { ClusterVolumeSpec: { Group: 'x' } }),
        `cluster volumes are not allowed: their drivers are plugins [${plugins}`,
      ],
      [request('POST /networks/create', { Name: 'n', Driver: 'bridge' }), 'allowed'],
      [
        request('POST /networks/create', { Name: 'n', Driver: 'weave' }),
        `network driver weave is not allowed: drivers are plugins [${plugins}`,
      ],
      [
        request('POST /networks/create', { Name: 'n', IPAM: { Driver: 'x' } }),
        `IPAM driver x is not allowed: drivers are plugins [${plugins}`,
      ],
      [request('POST /plugins/pull?remote=x/y'), `managed plugins are not allowed [${plugins}`],
      [request('POST /plugins/create?name=x'), `managed plugins are not allowed [${plugins}`],
      [service({ Image: 'x' }), noSwarm],
      [request('POST /swarm/init', {}), noSwarm],
      [request('POST /secrets/create', {}), noSwarm],
      [request('GET /services'), 'allowed'],
      [request('POST /swarm/leave?force=1'), 'allowed'],
      [request('POST /build?networkmode=host'), sharedNetwork],
      [request('POST /build?t=x'), 'allowed'],
      [request('POST /containers/x/start'), 'allowed'],
      [
        request('POST /containers/x/start?checkpoint=c&checkpoint-dir=/etc'),
        'containers cannot be started from checkpoints [rule not-offered; always in force]',
      ],
      [
        request('GET /containers/x/checkpoints'),
        'GET /containers/x/checkpoints is not offered [rule not-offered; always in force]',
      ],
      [
        request('DELETE /containers/x/checkpoints/c'),
        'DELETE /containers/x/checkpoints/c is not offered [rule not-offered; always in force]',
      ],
      [
        request('GET /debug/pprof/heap'),
        'GET /debug/pprof/heap is not offered [rule not-offered; always in force]',
      ],
      [
        request('OPTIONS /containers/json'),
        'OPTIONS /containers/json is not offered [rule not-offered; always in force]',
      ],
      [request('POST /images/load'), 'allowed'],
      [request('POST /images/create?fromSrc=-'), 'allowed'],
      [
        request('POST /elsewhere'),
        'POST /elsewhere is no endpoint that the authorization knows [rule endpoint; always in force]',
      ],
    ]),
  )('%s', (_, asked, wanted) => {
    expect(verdict(asked, { swarm: false })).toBe(wanted);
  });

  test('where swarm is allowed, a service is judged as a container is', () => {
    const policy = { swarm: true };
    const bind = (Source: string) => ({ Image: 'x', Mounts: [{ Type: 'bind', Source, Target: '/h' }] });
    expect(verdict(service({ Image: 'x' }), policy)).toBe('allowed');
    expect(verdict(service(bind('/')), policy)).toBe(mounts('/'));
    expect(verdict(service(bind('/var/run/docker.sock')), policy)).toBe(socket('docker.io/library/x'));
    expect(verdict(service({ Sysctls: { 'vm.swappiness': '1' } }), policy)).toContain(
      'sysctl vm.swappiness is not',
    );
    expect(verdict(service({}, { Runtime: 'plugin', PluginSpec: { Name: 'x' } }), policy)).toContain(
      'rule plugins',
    );
    expect(verdict(service({}, { LogDriver: { Name: 'gelf' } }), policy)).toContain(
      'log driver gelf is not allowed',
    );
    const update = request('POST /services/x/update?version=1', {
      TaskTemplate: { ContainerSpec: bind('/etc') },
    });
    expect(verdict(update, policy)).toBe(mounts('/etc'));
    const init = request('POST /swarm/init', { Spec: { TaskDefaults: { LogDriver: { Name: 'syslog' } } } });
    expect(verdict(init, policy)).toContain('log driver syslog is not allowed');
  });

  test('where plugins are allowed, none may take the name of the authorization', () => {
    const policy = { plugins: true };
    expect(verdict(request('POST /plugins/pull?remote=x/y'), policy)).toBe('allowed');
    for (const what of [
      'pull?remote=bulkhead',
      'pull?remote=x/y&name=bulkhead:latest',
      'create?name=bulkhead',
      'bulkhead:latest/enable',
    ])
      expect(verdict(request(`POST /plugins/${what}`), policy)).toContain('that of the authorization itself');
  });
});

describe('a body that is needed', () => {
  const missing =
    'the body did not get to the authorization: it must be application/json, below 1 MiB, and not empty [rule body; always in force]';
  const ask = (body: string | undefined, headers: Record<string, string> = {}) =>
    verdict(request('POST /containers/create', body, { headers }));

  test.each([
    ['none at all', undefined, { 'Content-Length': '0' }, missing],
    [
      'CVE-2024-41110: a length of zero',
      undefined,
      { 'Content-Type': 'application/json', 'Content-Length': '0' },
      missing,
    ],
    [
      'CVE-2026-34040: too large to be handed over',
      undefined,
      { 'Content-Type': 'application/json', 'Content-Length': '2000000' },
      missing,
    ],
    ['chunked, and no JSON by its type', undefined, { 'Content-Type': 'text/plain' }, missing],
    ['chunked JSON', '{}', { 'Content-Type': 'application/json' }, 'allowed'],
    [
      'another length',
      '{}',
      { 'Content-Length': '3' },
      'the body has 2 bytes and not 3, as Content-Length says [rule body; always in force]',
    ],
    ['cut off', '{"Image":', {}, 'the body cannot be read: it ends too early [rule body; always in force]'],
    ['two values', '{}{}', {}, 'the body cannot be read: { is unexpected [rule body; always in force]'],
    [
      'a member twice',
      '{"Image":"a","Image":"b"}',
      {},
      'the body cannot be read: Image is there twice [rule body; always in force]',
    ],
    [
      'a member twice, in two cases',
      '{"HostConfig":{},"hostConfig":{"PidMode":"host"}}',
      {},
      'the body has HostConfig twice [rule body; always in force]',
    ],
    ['no object', '[]', {}, 'the body is no JSON object [rule body; always in force]'],
    [
      'another type',
      '{"HostConfig":[]}',
      {},
      'HostConfig in the body is not an object [rule body; always in force]',
    ],
    [
      'nested too deep',
      '['.repeat(100),
      {},
      'the body cannot be read: it nests deeper than 32 [rule body; always in force]',
    ],
  ])('%s', (_, body, headers, wanted) => {
    expect(ask(body, headers)).toBe(wanted);
  });

  test('every row that looks into a body refuses when there is none', () => {
    const judged = endpoints.filter(({ method, check }) => method === 'POST' && check !== undefined);
    const loose = judged
      .map(({ path }) => path.replace(/\{[^}]*\}/g, 'x'))
      .filter((path) => verdict(request(`POST ${path}`), { swarm: true, plugins: true }) === 'allowed');
    // these are judged by their address
    expect(loose.filter((path) => !/^\/(plugins|secrets|configs|nodes)\//.test(path)).sort()).toEqual([
      '/build',
      '/containers/x/start',
      '/images/create',
      '/images/load',
      '/swarm/join',
      '/swarm/unlock',
    ]);
  });
});

describe('who', () => {
  const swarm = { swarm: true, plugins: true };
  test.each([
    ['GET /containers/json', 'allowed'],
    ['POST /containers/x/start', 'allowed'],
    [
      'POST /plugins/pull?remote=x',
      'POST /plugins/pull is for administrators; ann is not one [rule role; always in force]',
    ],
    [
      'POST /swarm/leave',
      'POST /swarm/leave is for administrators; ann is not one [rule role; always in force]',
    ],
    [
      'GET /swarm/unlockkey',
      'GET /swarm/unlockkey is for administrators; ann is not one [rule role; always in force]',
    ],
  ])('a user: %s', (what, wanted) => {
    expect(verdict(request(what), swarm, user)).toBe(wanted);
    expect(verdict(request(what), swarm, admin)).toBe('allowed');
  });

  test('a certificate that was revoked', () => {
    expect(verdict(request('GET /_ping'), { revoked: [user.fingerprint] }, user)).toBe(
      'the certificate of ann has been revoked [rule identity; always in force]',
    );
    expect(verdict(request('GET /_ping'), { revoked: [user.fingerprint] }, admin)).toBe('allowed');
  });
});
