import { expect, test } from 'vitest';
import {
  addBind,
  buildStep,
  CONTROLLER,
  decide,
  documentOf,
  ID,
  type Json,
  OTHER,
  plain,
  privileged,
  refusalOf,
} from './fixtures.ts';
import { readSpec } from './spec.ts';

type Change = (spec: Json) => void;
const after = (change: Change, spec = plain(), scene = {}) => {
  change(spec);
  return decide(spec, scene);
};
const NULL = { path: '/dev/null', type: 'c', major: 1, minor: 3 };

test.each<[string, Change, (document: Json) => unknown, unknown]>([
  [
    'annotations',
    (s) => {
      s.annotations = { 'run.oci.seccomp.plugins': '/x.so' };
    },
    (d) => d.annotations,
    undefined,
  ],
  [
    'AppArmor',
    (s) => {
      s.process.apparmorProfile = 'unconfined';
    },
    (d) => d.process.apparmorProfile,
    undefined,
  ],
  [
    'SELinux',
    (s) => {
      s.process.selinuxLabel = 'x';
      s.linux.mountLabel = 'x';
    },
    (d) => [d.process.selinuxLabel, d.linux.mountLabel],
    [undefined, undefined],
  ],
  [
    'scheduler',
    (s) => {
      s.process.scheduler = { policy: 'SCHED_FIFO', priority: 99 };
    },
    (d) => d.process.scheduler,
    undefined,
  ],
  [
    'ioPriority',
    (s) => {
      s.process.ioPriority = { class: 'IOPRIO_CLASS_RT' };
    },
    (d) => d.process.ioPriority,
    undefined,
  ],
  [
    'execCPUAffinity',
    (s) => {
      s.process.execCPUAffinity = { initial: '0' };
    },
    (d) => d.process.execCPUAffinity,
    undefined,
  ],
  [
    'rdma, network, intelRdt, personality',
    (s) => {
      Object.assign(s.linux, { intelRdt: {}, personality: {} });
      Object.assign(s.linux.resources, { rdma: {}, network: {} });
    },
    (d) => [d.linux.intelRdt, d.linux.personality, d.linux.resources.rdma, d.linux.resources.network],
    [undefined, undefined, undefined, undefined],
  ],
  [
    'mappings',
    (s) => {
      s.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    },
    (d) => d.linux.uidMappings,
    [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  ],
  [
    'propagation',
    (s) => {
      s.linux.rootfsPropagation = 'shared';
    },
    (d) => d.linux.rootfsPropagation,
    'rprivate',
  ],
  [
    'oom score',
    (s) => {
      s.process.oomScoreAdj = -999;
    },
    (d) => d.process.oomScoreAdj,
    0,
  ],
  [
    'oom score upwards',
    (s) => {
      s.process.oomScoreAdj = 500;
    },
    (d) => d.process.oomScoreAdj,
    500,
  ],
  [
    'odd variables',
    (s) => {
      s.process.env = ['A=1', 'B', '=C', 'D='];
    },
    (d) => d.process.env,
    ['A=1', 'D='],
  ],
  [
    'limits',
    (s) => {
      s.process.rlimits = [
        { type: 'RLIMIT_RTPRIO', soft: 99, hard: 99 },
        { type: 'RLIMIT_NOFILE', soft: 5, hard: 9 },
      ];
    },
    (d) => d.process.rlimits,
    [
      { type: 'RLIMIT_RTPRIO', soft: 0, hard: 0 },
      { type: 'RLIMIT_NOFILE', soft: 5, hard: 9 },
    ],
  ],
  [
    'user',
    (s) => {
      s.process.user = { uid: 65_535, gid: 5, umask: 0o22, additionalGids: [7], username: 'x' };
    },
    (d) => d.process.user,
    { uid: 65_535, gid: 5, umask: 0o22, additionalGids: [7] },
  ],
  [
    'cwd',
    (s) => {
      s.process.cwd = '/proc/self/net';
    },
    (d) => d.process.cwd,
    '/proc/self/net',
  ],
  [
    'cgroup',
    (s) => {
      s.linux.cgroupsPath = '/a.slice//b/';
    },
    (d) => d.linux.cgroupsPath,
    '/bulkhead/containers/a.slice/b',
  ],
  [
    'no cgroup',
    (s) => {
      delete s.linux.cgroupsPath;
    },
    (d) => d.linux.cgroupsPath,
    `/bulkhead/containers/${ID}`,
  ],
  [
    'pids',
    (s) => {
      s.linux.resources.pids = { limit: 50 };
    },
    (d) => d.linux.resources.pids,
    { limit: 50 },
  ],
  [
    'unlimited pids',
    (s) => {
      s.linux.resources.pids = { limit: -1 };
    },
    (d) => d.linux.resources.pids,
    { limit: 16_384 },
  ],
  [
    'no resources',
    (s) => {
      delete s.linux.resources;
    },
    (d) => d.linux.resources.pids,
    { limit: 16_384 },
  ],
  [
    'memory',
    (s) => {
      s.linux.resources.memory = { limit: 5, swap: -1, kernel: 7, swappiness: 9 };
    },
    (d) => d.linux.resources.memory,
    { limit: 5, swap: -1 },
  ],
  [
    'unified',
    (s) => {
      s.linux.resources.unified = { 'memory.high': '5' };
    },
    (d) => d.linux.resources.unified,
    { 'memory.high': '5' },
  ],
  [
    'hostname and NIS domain',
    (s) => {
      s.domainname = 'd';
      s.linux.sysctl['kernel.domainname'] = 'd';
    },
    (d) => [d.domainname, d.linux.sysctl['kernel.domainname']],
    ['d', 'd'],
  ],
  [
    'masks: those asked and ours',
    () => undefined,
    (d) =>
      ['/proc/scsi', '/proc/interrupts', '/sys/devices/virtual/powercap'].every((path) =>
        d.linux.maskedPaths.includes(path),
      ),
    true,
  ],
  [
    'no masks: systempaths=unconfined',
    (s) => {
      s.linux.maskedPaths = [];
      s.linux.readonlyPaths = [];
    },
    (d) => [d.linux.maskedPaths, d.linux.readonlyPaths],
    [[], []],
  ],
  [
    'devices of the cgroup',
    (s) => {
      s.linux.resources.devices.push({ allow: true, type: 'b', major: 254, minor: 0, access: 'rwm' });
    },
    (d) => d.linux.resources.devices.filter((rule: Json) => rule.type === 'b'),
    [{ allow: true, type: 'b', access: 'm' }],
  ],
  [
    '/dev/fuse',
    (s) => {
      s.linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o600, uid: 5 }];
    },
    (d) => d.linux.devices,
    [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 }],
  ],
  [
    'a harmless device by another name',
    (s) => {
      s.linux.devices = [{ ...NULL, path: '/dev/x/nothing' }];
    },
    (d) => d.linux.devices.map(({ path }: Json) => path),
    ['/dev/x/nothing'],
  ],
  [
    'no hook',
    (s) => {
      delete s.hooks;
    },
    (d) => d.hooks,
    undefined,
  ],
  [
    'the hook of the engine',
    () => undefined,
    (d) => d.hooks,
    {
      prestart: [
        {
          path: '/run/bulkhead/libexec/dockerd',
          args: ['libnetwork-setkey', '-exec-root=/run/docker', ID, CONTROLLER],
        },
      ],
    },
  ],
  ['time', () => undefined, (d) => d.linux.timeOffsets, undefined],
  [
    'unlimited, in 64 bits',
    (s) => {
      s.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 1, hard: 1 }];
    },
    (d) => d.process.rlimits.length,
    1,
  ],
])('what becomes of %s', (_, change, part, expected) => {
  expect(part(documentOf(after(change)))).toEqual(expected);
});

test.each<[string, Change, string, string]>([
  [
    'a user outside',
    (s) => {
      s.process.user.uid = 70_000;
    },
    'process',
    "user 70000 is outside the container's id range (0-65535)",
  ],
  [
    'a group outside',
    (s) => {
      s.process.user.gid = 65_536;
    },
    'process',
    "group 65536 is outside the container's id range (0-65535)",
  ],
  [
    'an additional group outside',
    (s) => {
      s.process.user.additionalGids = [4_294_967_295];
    },
    'process',
    'group 4294967295',
  ],
  [
    'a capability',
    (s) => {
      s.process.capabilities.bounding = ['CAP_X'];
    },
    'process',
    'capability CAP_X is not known',
  ],
  [
    'a limit',
    (s) => {
      s.process.rlimits = [{ type: 'RLIMIT_X', soft: 0, hard: 0 }];
    },
    'process',
    'limit RLIMIT_X is not known',
  ],
  ...[
    '/proc/self/fd/8',
    '/proc/self/fd/8/../..',
    '/proc/./self//fd/7',
    '/proc/1/cwd',
    '/proc/thread-self/root',
    '/x/../proc/self/fd/9',
    '/proc/self/task/1/fd/3',
    '//proc/self/fd/3',
    '/dev/fd/8',
    'proc/self/fd/8',
  ].map((cwd): [string, Change, string, string] => [
    cwd,
    (s) => {
      s.process.cwd = cwd;
    },
    'working-directory',
    `working directory ${cwd} is not allowed`,
  ]),
  ...[
    'kernel.core_pattern',
    'vm.overcommit_memory',
    'fs.suid_dumpable',
    'kernel.shmmax.x',
    'net',
    'net..x',
    'fs.mqueue.',
    'constructor',
    'net/../kernel/core_pattern',
  ].map((name): [string, Change, string, string] => [
    name,
    (s) => {
      s.linux.sysctl = { [name]: '1' };
    },
    'sysctl',
    `sysctl ${name} is not allowed`,
  ]),
  [
    'a sysctl of two lines',
    (s) => {
      s.linux.sysctl = { 'kernel.sem': '1\n2' };
    },
    'sysctl',
    'impossible value',
  ],
  [
    'a ping range',
    (s) => {
      s.linux.sysctl = { 'net.ipv4.ping_group_range': 'all' };
    },
    'sysctl',
    'impossible value',
  ],
  ...['/../x', '/a/../../x', 'system.slice:docker:x', '/./x', '/a b', `/${'a/'.repeat(20)}`].map(
    (path): [string, Change, string, string] => [
      `cgroup ${path}`,
      (s) => {
        s.linux.cgroupsPath = path;
      },
      'cgroup',
      'is not allowed',
    ],
  ),
  ...['cgroup.procs', 'cgroup.subtree_control', 'pids.max', 'memory/../x', 'devices.allow', 'memory..'].map(
    (file): [string, Change, string, string] => [
      `unified ${file}`,
      (s) => {
        s.linux.resources.unified = { [file]: '1' };
      },
      'cgroup',
      'is not allowed',
    ],
  ),
  [
    'a poststop hook',
    (s) => {
      s.hooks.poststop = [{ path: '/bin/sh' }];
    },
    'hooks',
    'a poststop hook is not allowed: /bin/sh',
  ],
  [
    'another hook',
    (s) => {
      s.hooks.prestart = [{ path: '/usr/bin/nvidia-hook', args: ['x'] }];
    },
    'hooks',
    'a prestart hook is not allowed',
  ],
  [
    'the hook, elsewhere',
    (s) => {
      s.hooks = { createContainer: s.hooks.prestart };
    },
    'hooks',
    'createContainer',
  ],
  [
    'the hook of another container',
    (s) => {
      s.hooks.prestart[0].args[2] = OTHER;
    },
    'hooks',
    'is not as dockerd writes it',
  ],
  [
    'the hook with another root',
    (s) => {
      s.hooks.prestart[0].args[1] = '-exec-root=/tmp';
    },
    'hooks',
    'is not as dockerd writes it',
  ],
  [
    'the hook with more',
    (s) => {
      s.hooks.prestart[0].args.push('x');
    },
    'hooks',
    'is not as dockerd writes it',
  ],
  [
    'the hook twice',
    (s) => {
      s.hooks.prestart.push(s.hooks.prestart[0]);
    },
    'hooks',
    'one network hook',
  ],
  [
    'a disk',
    (s) => {
      s.linux.devices = [{ path: '/dev/vda', type: 'b', major: 254, minor: 0 }];
    },
    'devices; setting bulkhead.devices',
    'device /dev/vda is not allowed (b 254:0)',
  ],
  [
    'a disk with the numbers of null',
    (s) => {
      s.linux.devices = [{ ...NULL, type: 'b' }];
    },
    'devices; setting bulkhead.devices',
    'is not allowed',
  ],
  [
    'a disk by a good name',
    (s) => {
      s.linux.devices = [{ path: '/dev/fuse', type: 'c', major: 1, minor: 1 }];
    },
    'devices; setting bulkhead.devices',
    'device /dev/fuse is not allowed (c 1:1)',
  ],
  [
    'a device outside /dev',
    (s) => {
      s.linux.devices = [{ ...NULL, path: '/dev/../etc/x' }];
    },
    'devices; setting bulkhead.devices',
    'is not allowed',
  ],
  [
    'a relative mask',
    (s) => {
      s.linux.maskedPaths = ['proc/x'];
    },
    'mounts',
    "can't hide proc/x",
  ],
  [
    '1001 mounts',
    (s) => {
      for (let at = 0; at < 1001; at++) addBind('/x', `/m${at}`)(s);
    },
    'document',
    'linux',
  ],
  [
    'no process',
    (s) => {
      delete s.process;
    },
    'document',
    'process',
  ],
  [
    'no arguments',
    (s) => {
      s.process.args = [];
    },
    'document',
    'process.args',
  ],
  [
    'a word for a number',
    (s) => {
      s.process.user.uid = '0';
    },
    'document',
    'process.user.uid',
  ],
  [
    'a negative user',
    (s) => {
      s.process.user.uid = -1;
    },
    'document',
    'process.user.uid',
  ],
  [
    'a NUL',
    (s) => {
      s.process.args = ['a\0b'];
    },
    'document',
    'NUL',
  ],
])('refused: %s', (name, change, rule, words) => {
  const refusal = refusalOf(() => after(change));
  if (name !== '1001 mounts') expect(refusal).toContain(words);
  expect(refusal).toContain(`[rule ${rule}`);
  expect(refusal).toMatch(/, built in, not locked\]$/);
});

test('a privileged container is cut down without a word', () => {
  const spec = privileged();
  const plan = decide(spec);
  const nodes = plan.operations.filter((operation) => operation.do === 'device').map(({ path }) => path);
  expect(nodes).toEqual(['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fuse']);
  expect(documentOf(decide(privileged(), { policy: { devices: [] } })).linux.devices).toEqual([]);
});

test('systemd gets a writable cgroup and its own /run, above what is mounted there', () => {
  const spec = plain();
  spec.process.args = ['/sbin/init'];
  const { process, mounts } = documentOf(decide(spec));
  expect(process.env).toContain('container=docker');
  expect(mounts.slice(0, 2).map(({ destination }: Json) => destination)).toEqual(['/run', '/run/lock']);
  expect(mounts.find(({ type }: Json) => type === 'cgroup').options).toEqual([
    'rw',
    'nosuid',
    'noexec',
    'nodev',
  ]);
  expect(documentOf(decide(plain())).mounts.find(({ type }: Json) => type === 'cgroup').options).toContain(
    'ro',
  );
});

test('systemd keeps the /run that was asked for', () => {
  const spec = plain();
  spec.process.args = ['/lib/systemd/systemd'];
  spec.process.env.push('container=podman');
  spec.mounts.unshift({ destination: '/run/', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] });
  const { process, mounts } = documentOf(decide(spec));
  expect(process.env).not.toContain('container=docker');
  expect(mounts.slice(0, 2)).toMatchObject([
    { destination: '/run', options: ['size=1m'] },
    { destination: '/run/lock' },
  ]);
});

test('managed plugins are a matter of policy', () => {
  const request = { stateRoot: '/run/docker/runtime-runc/plugins.moby' };
  expect(refusalOf(() => decide(plain(), { request }))).toContain('[rule plugins; setting bulkhead.plugins,');
  expect(decide(plain(), { request, policy: { plugins: true } }).base).toBe(100_000);
});

test('what only BuildKit writes is only accepted from it', () => {
  const spec = buildStep();
  expect(decide(spec).operations.length).toBeGreaterThan(0);
  expect(refusalOf(() => decide(spec, { request: { bundle: '/run/containerd/x' } }))).toContain(
    'restricted host mount',
  );
});

test('numbers of 64 bits reach crun unchanged', () => {
  const text = JSON.stringify(plain()).replace(
    '"oomScoreAdj"',
    '"rlimits":[{"type":"RLIMIT_MEMLOCK","soft":18446744073709551615,"hard":18446744073709551615}],"oomScoreAdj"',
  );
  const spec = readSpec(Buffer.from(text));
  expect(spec.process.rlimits?.[0]?.hard).toBe(2n ** 64n - 1n);
});

test('a document with names of Object.prototype pollutes nothing', () => {
  const spec = readSpec(
    Buffer.from(
      JSON.stringify(plain()).replace(
        '"hostname"',
        '"constructor":{"prototype":{"a":1}},"toString":1,"hostname"',
      ),
    ),
  );
  expect(({} as Json).a).toBeUndefined();
  expect(Object.hasOwn(spec, 'constructor')).toBe(false);
});
