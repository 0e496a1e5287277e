import { expect, test } from 'vitest';
import { parseDaemonOptions } from './daemon-options.ts';

test('what is harmless passes', () => {
  const options = { 'log-level': 'debug', mtu: 1400, features: { buildkit: true }, ipv6: false };
  expect(parseDaemonOptions(JSON.stringify(options))).toEqual({ options });
  expect(parseDaemonOptions('')).toEqual({ options: {} });
});

test('what Docker Desktop writes into every file is no fault as long as it is off', () => {
  const desktop = { debug: false, experimental: false, builder: { gc: { enabled: true } } };
  expect(parseDaemonOptions(JSON.stringify(desktop))).toEqual({
    options: { builder: { gc: { enabled: true } } },
  });
});

test.each([
  ['hosts', ['tcp://0.0.0.0:2375']],
  ['tls', false],
  ['tlsverify', false],
  ['tlscacert', '/x'],
  ['runtimes', {}],
  ['default-runtime', 'runc'],
  ['userns-remap', 'default'],
  ['authorization-plugins', []],
  ['data-root', '/x'],
  ['exec-root', '/x'],
  ['containerd', '/x'],
  ['cgroup-parent', '/'],
  ['init-path', '/x'],
  ['userland-proxy-path', '/x'],
  ['exec-opts', []],
  ['group', 'x'],
  ['pidfile', '/x'],
  ['live-restore', false],
  ['storage-driver', 'vfs'],
  ['metrics-addr', '0.0.0.0:9323'],
  ['debug', true],
  ['experimental', true],
  ['seccomp-profile', 'unconfined'],
  ['no-new-privileges', false],
  ['allow-nondistributable-artifacts', []],
  ['whatever-comes-next', 1],
])('%s is refused by name', (option, value) => {
  expect(parseDaemonOptions(JSON.stringify({ [option]: value, mtu: 1400 }))).toEqual({
    problems: [{ option, message: expect.stringMatching(new RegExp(`^${option} may not be set`)) }],
  });
});

test('all that is wrong is said at once', () => {
  const read = parseDaemonOptions('{"hosts": [], "mtu": "big", "log-driver": "syslog"}');
  expect('problems' in read && read.problems.map(({ option }) => option)).toEqual([
    'hosts',
    'mtu',
    'log-driver',
  ]);
});
