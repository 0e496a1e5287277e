import { expect, test } from 'vitest';
import { CONTROLLER, decide, documentOf, ID, type Json, plain } from './fixtures.ts';

type Change = (spec: Json) => void;
const after = (change: Change) => {
  const spec = plain();
  change(spec);
  return decide(spec);
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
    "cgroup below the engine's",
    (s) => {
      s.linux.cgroupsPath = '/bulkhead/containers/a';
    },
    (d) => d.linux.cgroupsPath,
    '/bulkhead/containers/a',
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
