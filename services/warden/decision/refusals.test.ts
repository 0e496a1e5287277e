import { expect, test } from 'vitest';
import { addBind, decide, type Json, OTHER, plain, refusalOf } from './fixtures.ts';

type Change = (spec: Json) => void;
const after = (change: Change) => {
  const spec = plain();
  change(spec);
  return decide(spec);
};
const NULL = { path: '/dev/null', type: 'c', major: 1, minor: 3 };

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
    'mounts',
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
])('refused: %s', (_, change, rule, words) => {
  const refusal = refusalOf(() => after(change));
  expect(refusal).toContain(words);
  expect(refusal).toContain(`[rule ${rule}`);
  expect(refusal).toMatch(/, built in, not locked\]$/);
});
