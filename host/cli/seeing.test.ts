import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeFrame } from '../../services/channel/protocol/frame.ts';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { capturedMain } from '../captured-main.ts';
import { FakeGuest, HELLO } from '../channel/fake-guest.ts';
import { pretendToRun } from '../channel/fake-vm.ts';
import { isolatedEnvironment, machinePaths } from '../machine/paths.ts';

const log = (at: number, source: string, message: string): Event => ({
  kind: 'log',
  entry: { seq: at, at, level: 'info', source, message },
});
const events: Event[] = [
  { kind: 'boot', at: 1000, bootId: 'b', version: '1.0' },
  log(1000, 'init', 'hello'),
  { kind: 'phase', at: 1000, phase: { name: 'disk', state: 'running', startedAt: 1000 } },
  log(2000, 'dockerd', 'early'),
  { kind: 'phase', at: 3000, phase: { name: 'disk', state: 'done', startedAt: 1000, duration: 2000 } },
  {
    ...{ kind: 'service', at: 4000 },
    service: { name: 'dockerd', state: 'backing-off', since: 4000, restarts: 2, lastExit: 'signal SIGSEGV' },
  },
  { kind: 'oom', at: 4500, oom: { of: 'service', name: 'dockerd', killed: 1 } },
  { kind: 'oom', at: 4600, oom: { of: 'container', name: '0123456789abcdef'.repeat(4), killed: 2 } },
  { kind: 'oom', at: 4700, oom: { of: 'container', killed: 1 } },
  { kind: 'state', at: 5000, state: 'ready' },
  log(65_000, 'dockerd', 'late'),
];

let folder: string;
let guest: FakeGuest | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-see-'));
  const { events: path } = machinePaths('bulkhead', isolatedEnvironment(folder));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat(events.map((event) => encodeFrame(event))));
});
afterEach(async () => {
  await guest?.close();
  guest = undefined;
  rmSync(folder, { recursive: true });
});

async function run(answers: Record<string, unknown>) {
  guest = await new FakeGuest(({ method }) => answers[method]).listen();
  pretendToRun(machinePaths('bulkhead', isolatedEnvironment(folder)), guest);
}

function bulkhead(...args: string[]) {
  return capturedMain(args, isolatedEnvironment(folder));
}

it.each([
  [[], ['hello', 'early', 'late']],
  [
    ['--service', 'dockerd'],
    ['early', 'late'],
  ],
  [['--since', '1m', '--service', 'dockerd'], ['late']],
  [
    ['--since', '64s', '--service', 'dockerd'],
    ['early', 'late'],
  ],
  [['--since', '@1.5', '--source', 'init'], []],
])('logs %j', async (args, messages) => {
  const { stdout, status } = await bulkhead('logs', ...args, '--json');
  const said = stdout.split('\n').filter((line) => line !== '');
  expect(status).toBe(0);
  expect(said.flatMap((line) => JSON.parse(line).entry?.message ?? [])).toEqual(messages);
});

it.each([
  ['logs', '--since', 'yesterday'],
  ['events', '--since', '-5s'],
  ['logs', '--boot', '7'],
  ['metrics', '--listen', '123456'],
])('%s %s %s is refused in words', async (...args) => {
  const { status, stderr } = await bulkhead(...args);
  expect(status).toBeGreaterThan(0);
  expect(stderr).toMatch(/wants|not running/);
});

it('logs --kept asks the VM for the log of the boot before', async () => {
  await run({
    hello: HELLO,
    logs: {
      entries: [{ seq: 1, at: 1500, level: 'error', source: 'init', message: 'it broke' }],
      dropped: 0,
    },
  });
  expect((await bulkhead('logs', '--kept', '--service', 'init')).stdout).toBe(
    '    1.500 error init: it broke\n',
  );
  expect(guest?.requests.at(-1)?.params).toEqual({ boot: 'last', limit: 1000, source: 'init' });
});

it('events tells what happened, and nothing of what was logged', async () => {
  const { stdout } = await bulkhead('events');
  expect(stdout).not.toContain('early');
  expect(stdout).toContain('phase disk: done after 2.00 s');
  expect(stdout).toContain('service dockerd: backing-off (restarts 2, last ended with signal SIGSEGV)');
  expect(stdout).toContain('4.600 ----- container 0123456789ab: 2 processes killed for want of memory');
  expect(stdout).toContain('container that has gone: a process killed for want of memory');
  const ofService = (await bulkhead('events', '--service', 'dockerd')).stdout.trim().split('\n');
  expect(ofService).toEqual([
    expect.stringContaining('backing-off'),
    expect.stringContaining('service dockerd: a process killed for want of memory'),
  ]);
});

it('timeline prints a table, and writes a chart', async () => {
  const file = join(folder, 'boot.svg');
  expect((await bulkhead('timeline', '--svg', file)).stdout).toContain('ready after 5.00 s');
  expect(readFileSync(file, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  expect((await bulkhead('timeline', '--svg', '-')).stdout).toBe(readFileSync(file, 'utf8'));
  expect(JSON.parse((await bulkhead('timeline', '--json')).stdout).readyAt).toBe(5000);
  expect((await bulkhead('timeline', '--svg', join(folder, 'no/such/x.svg'))).stderr).toContain(
    'cannot be written',
  );
  expect((await bulkhead('timeline', '--boot', '-1')).stderr).toContain('no events of that boot');
});

it('metrics prints what the VM measured', async () => {
  const families = [
    { name: 'bulkhead_up', type: 'gauge', help: 'h', samples: [{ labels: { a: 'b' }, value: 1 }] },
  ];
  await run({ hello: HELLO, metrics: { families } });
  expect((await bulkhead('metrics')).stdout).toContain('bulkhead_up{a="b"} 1\n');
});
