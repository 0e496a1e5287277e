import { expect, test } from 'vitest';
import { strictApiPolicy } from '../../policy/runtime/api.ts';
import { orders } from '../../policy/runtime/orders.ts';
import { strictRuntimePolicy } from '../../policy/runtime/policy.ts';
import { mergeSettings } from '../../policy/settings/merge.ts';
import { parseSettings } from '../../policy/settings/parse.ts';
import { engineSettingsOf, ordersOf, summaryOf } from './derive.ts';

const policy = (settings: object) =>
  mergeSettings({
    admin: parseSettings(
      Buffer.from(JSON.stringify({ organization: 'acme', serial: 1, ...settings })),
      'admin',
    ),
    required: true,
  });

test('what is built in gives the strict runtime policy and a plain engine', () => {
  const plain = mergeSettings({ required: false });
  const { runtime, api } = orders.parse(JSON.parse(JSON.stringify(ordersOf(plain))));
  expect({ ...runtime, standings: {} }).toEqual(strictRuntimePolicy);
  expect(api).toEqual(strictApiPolicy);
  expect(engineSettingsOf(plain)).toEqual({ options: {}, insecureBuilds: false });
});

test('each setting reaches whom it is for', () => {
  const all = policy({
    enhancedContainerIsolation: {
      locked: true,
      value: true,
      dockerSocketMount: {
        imageList: { images: ['docker:cli'], allowDerivedImages: true },
        commandList: { type: 'allow', commands: ['ps'] },
      },
    },
    portBindingBehavior: { locked: false, value: 'local-only-port-binding' },
    blockDockerLoad: { locked: false, value: true },
    proxy: { locked: false, mode: 'manual', http: 'http://p:1', https: '', exclude: ['a', 'b'] },
    linuxVM: { dockerDaemonOptions: { locked: false, value: '{"log-level":"warn"}' } },
    bulkhead: {
      privileged: { locked: true, value: 'deny' },
      devices: { locked: false, value: [] },
      plugins: { locked: false, value: true },
      swarm: { locked: false, value: false },
      ioUring: { locked: false, value: true },
      pidsLimit: { locked: false, value: 100 },
      buildEntitlements: { locked: false, value: ['security.insecure'] },
    },
  });
  expect(ordersOf(all).api).toMatchObject({
    blockDockerLoad: true,
    portBindingBehavior: 'local-only-port-binding',
    swarm: false,
    socketMount: {
      images: ['docker:cli'],
      allowDerived: true,
      commandList: { type: 'allow', commands: ['ps'] },
    },
  });
  expect(ordersOf(all).runtime).toMatchObject({
    isolation: true,
    sockets: true,
    privileged: 'deny',
    devices: [],
    plugins: true,
    ioUring: true,
    pidsLimit: 100,
    standings: { 'bulkhead.privileged': { source: 'admin', locked: true } },
  });
  expect(engineSettingsOf(all)).toEqual({
    options: { 'log-level': 'warn' },
    proxies: { 'http-proxy': 'http://p:1', 'no-proxy': 'a,b' },
    publishOn: '127.0.0.1',
    insecureBuilds: true,
  });
  expect(summaryOf(all)).toEqual({
    mode: 'managed',
    organization: 'acme',
    serial: 1,
    locked: 2,
    isolation: true,
  });
});

test('a proxy that is left to the system is none', () => {
  expect(engineSettingsOf(policy({ proxy: { locked: true, mode: 'system', http: 'http://p:1' } }))).toEqual({
    options: {},
    insecureBuilds: false,
  });
});
