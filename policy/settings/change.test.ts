import { expect, test } from 'vitest';
import { changes } from './change.ts';
import { mergeSettings } from './merge.ts';
import { parseSettings } from './parse.ts';

const policy = (settings: object) =>
  mergeSettings({
    admin: parseSettings(
      Buffer.from(JSON.stringify({ organization: 'acme', serial: 1, ...settings })),
      'admin',
    ),
    required: true,
  });
const daemon = (options: object) => ({
  linuxVM: { dockerDaemonOptions: { locked: true, value: JSON.stringify(options) } },
});

test('nothing is different from itself', () => {
  expect(changes(policy({}), policy({}))).toEqual([]);
});

test.each([
  ['what the warden reads', { bulkhead: { plugins: { locked: false, value: true } } }, 'now'],
  ['what dockerd reads', daemon({ 'log-level': 'debug' }), 'engine-restart'],
  ['networks of containers that run', daemon({ bip: '10.9.0.1/24' }), 'next-start'],
  [
    'what the launcher reads',
    { linuxVM: { vpnkitCIDR: { locked: false, value: '10.7.0.0/24' } } },
    'next-start',
  ],
  ['what a later version reads', { dnsInhibition: { locked: false, value: 'none' } }, 'nothing'],
])('%s takes: %s', (_, settings, takes) => {
  expect(changes(policy({}), policy(settings))[0]).toMatchObject({ takes });
});

test('a lock alone is a change that takes nothing', () => {
  expect(changes(policy({}), policy({ blockDockerLoad: { locked: true, value: false } }))).toEqual([
    { key: 'blockDockerLoad', before: false, after: false, lock: 'locked', takes: 'nothing' },
  ]);
});
