import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asked, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
let prober: Prober;
let other: string;
let another: string;

beforeAll(async () => {
  prober = await Prober.open(await vm.engine());
  [other, another] = await Promise.all([prober.start({ host: { IpcMode: 'shareable' } }), prober.start()]);
});
afterAll(() => prober.remove(other, another));

/** As the docker command shows it: nothing is cut off and nothing of ours is lost. */
const words = (sentence: string, rule: string, setting = 'enhancedContainerIsolation') =>
  'failed to create task for container: failed to create shim task: OCI runtime create failed: ' +
  `${sentence} [rule ${rule}; setting ${setting}, built in, not locked]: unknown`;

/** What the authorization says before anything is created; what it misses, the runtime layer refuses (ways-in.test.ts). */
const early = (sentence: string, rule: string, setting = 'enhancedContainerIsolation') =>
  `authorization denied by plugin bulkhead: ${sentence} [rule ${rule}; setting ${setting}, built in, not locked]`;

const unsupported = (what: string, say = early) =>
  say(`invalid or unsupported container spec: bulkhead containers ${what}`, 'namespaces');
const because = '(because they use the linux user-namespace for isolation)';
const mount = (source: string) =>
  early(`can't mount ${source} because it's configured as a restricted host mount`, 'mounts');
const sysctl = (name: string) =>
  early(`sysctl ${name} is not allowed: it is not the container's own`, 'sysctl');

type Row = [title: string, asked: Asked, words: string];

const namespaces: Row[] = [
  ...['Pid', 'Ipc', 'UTS'].map((kind): Row => {
    const name = kind.toLowerCase();
    return [
      `--${name}=host`,
      { host: { [`${kind}Mode`]: 'host' } },
      unsupported(`can't share namespaces [${name}] with the host ${because}`),
    ];
  }),
  [
    '--network=host',
    { host: { NetworkMode: 'host' } },
    unsupported(`can't share a network namespace with the host ${because}`),
  ],
  [
    '--pid=host --ipc=host --privileged',
    { host: { PidMode: 'host', IpcMode: 'host', Privileged: true } },
    unsupported(`can't share namespaces [pid ipc] with the host ${because}`),
  ],
];

const sources: Row[] = [
  '/etc/docker/daemon.json',
  '/',
  '/etc',
  '/run',
  '/var/lib/docker',
  '/var/lib/docker/volumes',
  '/lib/modules',
  '/proc',
  '/proc/1/root',
  '/proc/sys/kernel',
  '/sys',
  '/sys/fs/cgroup',
  '/dev',
  '/dev/vda',
  '/tmp',
].map((source) => [`-v ${source}:/mnt`, { host: { Binds: [`${source}:/mnt`] } }, mount(source)]);

const processes: Row[] = [
  ...[
    ['70000', 'user 70000'],
    ['0:70000', 'group 70000'],
    ['65536', 'user 65536'],
  ].map(
    ([user, who]): Row => [
      `--user ${user}`,
      { User: user },
      words(`${who} is outside the container's id range (0-65535)`, 'process'),
    ],
  ),
  [
    '--group-add 70000',
    { host: { GroupAdd: ['70000'] } },
    words("group 70000 is outside the container's id range (0-65535)", 'process'),
  ],
];

const sysctls: Row[] = [
  'kernel.core_pattern',
  'vm.overcommit_memory',
  'fs.suid_dumpable',
  'kernel.modprobe',
].map((name) => [`--sysctl ${name}`, { host: { Sysctls: { [name]: '0' } } }, sysctl(name)]);

test.concurrent.each([...namespaces, ...sources, ...processes, ...sysctls])(
  '%s is refused by name',
  async (_, asked, message) => {
    expect(await prober.refusal(asked)).toBe(message);
  },
);

describe('devices of the VM', () => {
  test.concurrent.each(['vda', 'vdb', 'mem', 'kmsg', 'console', 'hvc0', 'vport1p1', 'kvm', 'loop-control'])(
    '--device /dev/%s is refused by name',
    async (name) => {
      const path = `/dev/${name}`;
      const devices = [{ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' }];
      const message = await prober.refusal({
        host: { Devices: devices, CapAdd: ['SYS_RAWIO', 'SYS_ADMIN'] },
      });
      expect(message).toMatch(
        new RegExp(
          `: device ${path} is not allowed; allowed are /dev/null, /dev/zero, .*, /dev/fuse, ` +
            '/dev/net/tun \\[rule devices; setting bulkhead.devices, built in, not locked\\]$',
        ),
      );
    },
  );
});

test('a volume of the local driver that is a folder or a disk of the VM is refused', async () => {
  const volume = (DriverOpts: Record<string, string>) => ({
    host: {
      Mounts: [{ Type: 'volume', Target: '/mnt', VolumeOptions: { DriverConfig: { Options: DriverOpts } } }],
    },
  });
  const folder = await prober.refusal(volume({ type: 'none', o: 'bind', device: '/etc' }));
  expect(folder).toMatch(/by driver options; of these, only type=tmpfs is allowed \[rule volume-driver; /);
  const disk = await prober.refusal(volume({ type: 'ext4', device: '/dev/vdb' }));
  expect(disk).toMatch(/of these, only type=tmpfs is allowed \[rule volume-driver; /);
  expect(await prober.refusal(volume({ type: 'tmpfs', device: 'tmpfs' }))).toBeUndefined();
});

test('shared propagation is refused', async () => {
  const message = await prober.refusal({ host: { Binds: ['words:/mnt:rshared'] } });
  expect(message).toMatch(/propagation|rshared/);
});

test('namespaces of two different containers cannot be joined', async () => {
  const host = { NetworkMode: `container:${other}`, PidMode: `container:${another}` };
  const message = unsupported("can't join namespaces of different containers", words);
  expect(await prober.refusal({ host })).toBe(message);
});

test.concurrent.each(['io.containerd.runhcs.v1', '/run/bulkhead/libexec/crun', '/bin/sh', '../crun'])(
  '--runtime=%s leads nowhere else',
  async (Runtime) => {
    const message = await prober.refusal({ host: { Runtime } });
    expect(message).toMatch(/unknown or invalid runtime name|not found|no such file|failed to start shim/);
  },
);

test.concurrent.each(['runc', 'io.containerd.runc.v2'])(
  '--runtime=%s isolates as the default does',
  async (Runtime) => {
    const { map } = await prober.run('try map cat /proc/self/uid_map', { host: { Runtime } });
    expect(map).toMatch(/^0 +[1-9]\d{5,} +65536$/);
    const host = { Runtime, PidMode: 'host' };
    expect(await prober.refusal({ host })).toContain("can't share namespaces [pid] with the host");
  },
);

test('a seccomp profile that asks another process is refused', async () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }],
  };
  const message = await prober.refusal({ host: { SecurityOpt: [`seccomp=${JSON.stringify(profile)}`] } });
  expect(message).toBe(words('seccomp action SCMP_ACT_NOTIFY is not allowed', 'seccomp'));
});

const numbers = Array.from({ length: 20 }, (_, index) => index + 1);

test.concurrent.each(numbers)('-w /proc/self/fd/%i is refused', async (number) => {
  const cwd = `/proc/self/fd/${number}`;
  expect(await prober.refusal({ WorkingDir: cwd })).toBe(
    words(`working directory ${cwd} is not allowed`, 'working-directory'),
  );
});

test('exec -w /proc/self/fd/N is refused, too', async () => {
  for (const number of [3, 7, 8, 9]) {
    const body = {
      Cmd: ['pwd'],
      WorkingDir: `/proc/self/fd/${number}/..`,
      AttachStdout: true,
      AttachStderr: true,
    };
    const created = await prober.engine.request('POST', `/containers/${other}/exec`, { body });
    const { Id } = JSON.parse(created.body.toString('utf8')) as { Id: string };
    const { body: said } = await prober.engine.request('POST', `/exec/${Id}/start`, {
      body: { Detach: false },
    });
    expect(said.toString('utf8')).toContain(`working directory /proc/self/fd/${number}/.. is not allowed`);
  }
});
