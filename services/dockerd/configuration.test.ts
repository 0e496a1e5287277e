import { expect, test } from 'vitest';
import { insecurities, plainEngine, renderDaemonConfiguration } from './configuration.ts';

const situation = { programs: '/p', liveRestore: true, authorization: true, settings: plainEngine };
const ours = renderDaemonConfiguration(situation);

test('what is rendered is safe', () => {
  expect(insecurities(ours, true)).toEqual([]);
  expect(insecurities(renderDaemonConfiguration({ ...situation, liveRestore: false }), true)).toEqual([]);
  const control = renderDaemonConfiguration({ ...situation, authorization: false });
  expect(insecurities(control, false)).toEqual([]);
  expect(insecurities(control, true).join()).toContain('authorization-plugins must be');
});

test.each([
  ['plain TCP', { hosts: ['tcp://0.0.0.0:2375'] }, 'tcp://0.0.0.0:2375'],
  ['another socket', { hosts: ['unix:///var/run/docker.sock'] }, 'unix:///var/run/docker.sock'],
  ['a descriptor', { hosts: ['fd://'] }, 'fd://'],
  ['no TLS', { tls: false }, 'tls and tlsverify'],
  ['no client certificates', { tlsverify: false }, 'tls and tlsverify'],
  ['another authority', { tlscacert: '/var/lib/docker/ca.pem' }, 'tlscacert'],
  ['nobody who is asked', { 'authorization-plugins': [] }, 'authorization-plugins must be'],
  ['another plugin', { 'authorization-plugins': ['bulkhead', 'x'] }, 'authorization-plugins must be'],
  ['a metrics listener', { 'metrics-addr': '0.0.0.0:9323' }, 'metrics-addr'],
])('insecurities() finds %s', (_, change, words) => {
  expect(insecurities({ ...ours, ...change }, true).join()).toContain(words);
});

test('settings add to what is ours and replace nothing that keeps the VM closed', () => {
  const options = {
    'log-level': 'debug',
    'registry-mirrors': ['https://mirror.example'],
    hosts: ['tcp://0.0.0.0:2375'],
    tlsverify: false,
    runtimes: { runc: { path: '/tmp/runc' } },
    'data-root': '/tmp',
    'live-restore': false,
    builder: { gc: { enabled: true }, Entitlements: { 'network-host': true } },
  };
  const settings = {
    options,
    proxies: { 'http-proxy': 'http://proxy.example:3128' },
    publishOn: '127.0.0.1',
    insecureBuilds: true,
  };
  const rendered = renderDaemonConfiguration({ ...situation, settings });
  expect(rendered).toEqual({
    ...ours,
    'log-level': 'debug',
    'registry-mirrors': ['https://mirror.example'],
    proxies: { 'http-proxy': 'http://proxy.example:3128' },
    ip: '127.0.0.1',
    'default-network-opts': { bridge: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } },
    builder: { gc: { enabled: true }, Entitlements: { 'security-insecure': true } },
  });
});
