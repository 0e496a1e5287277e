import { expect, test } from 'vitest';
import { strictRuntimePolicy } from '../../../policy/runtime/policy.ts';
import { decideExec } from './exec.ts';
import { refusalOf } from './fixtures.ts';
import { decideUpdate } from './update.ts';

const process = { user: { uid: 0, gid: 0 }, args: ['sh'], cwd: '/' };
const exec = (change: object) =>
  JSON.parse(decideExec(Buffer.from(JSON.stringify({ ...process, ...change }))));
const update = (text: string) => decideUpdate(Buffer.from(text), strictRuntimePolicy);

test('decideExec() rebuilds the process', () => {
  expect(
    exec({
      terminal: true,
      consoleSize: { height: 24, width: 80 },
      env: ['A=b'],
      apparmorProfile: 'x',
      execCPUAffinity: {},
    }),
  ).toEqual({
    terminal: true,
    consoleSize: { height: 24, width: 80 },
    user: { uid: 0, gid: 0, additionalGids: [] },
    args: ['sh'],
    env: ['A=b'],
    cwd: '/',
    noNewPrivileges: false,
    oomScoreAdj: 0,
  });
});

test.each([
  ['a descriptor', { cwd: '/proc/self/fd/7' }, 'working directory /proc/self/fd/7 is not allowed'],
  ['a user outside', { user: { uid: 70_000, gid: 0 } }, 'user 70000 is outside'],
  ['no arguments', { args: [] }, 'args'],
])('decideExec() refuses %s', (_, change, words) => {
  expect(refusalOf(() => exec(change))).toContain(words);
});

test.each([
  [
    'memory',
    '{"memory":{"limit":9223372036854775807,"swap":-1}}',
    '{"memory":{"limit":9223372036854775807,"swap":-1}}',
  ],
  ['devices', '{"devices":[{"allow":true,"access":"rwm"}]}', '{}'],
  ['unlimited pids', '{"pids":{"limit":-1}}', '{"pids":{"limit":16384}}'],
  [
    'processors',
    '{"cpu":{"cpus":"0-1,3","shares":512},"blockIO":{"weight":0}}',
    '{"cpu":{"shares":512,"cpus":"0-1,3"},"blockIO":{"weight":0}}',
  ],
])('decideUpdate() rebuilds %s', (_, asked, expected) => {
  expect(update(asked)).toBe(expected);
});

test.each([
  ['a control file', '{"unified":{"cgroup.procs":"1"}}', 'cgroup setting cgroup.procs is not allowed'],
  ['a path', '{"cpu":{"cpus":"../x"}}', 'cpu.cpus'],
  ['no object', '[]', 'it: '],
])('decideUpdate() refuses %s', (_, asked, words) => {
  expect(refusalOf(() => update(asked))).toContain(words);
});
