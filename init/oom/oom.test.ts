import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { OomReport } from '../../services/channel/protocol/methods.ts';
import { FakeClock } from '../../services/supervisor/testing.ts';
import { KernelLog, killedContainers, recordText } from './kernel-log.ts';
import { describeKills, killedBetween, noKills, type OomCounts } from './kills.ts';
import { OomWatch } from './watch.ts';

const counts = (total: number, services: object, containers: object = {}): OomCounts => ({
  total,
  services: new Map(Object.entries(services)),
  containers: new Map(Object.entries(containers)),
});

it.each<[string, OomCounts, OomCounts, OomReport[]]>([
  ['nothing', counts(1, { a: 1 }), counts(1, { a: 1 }), []],
  ['a service', counts(1, { a: 1 }), counts(3, { a: 3 }), [{ of: 'service', name: 'a', killed: 2 }]],
  ['a new container', noKills, counts(1, {}, { c: 1 }), [{ of: 'container', name: 'c', killed: 1 }]],
  ['a container that was removed', noKills, counts(1, { a: 0 }), [{ of: 'container', killed: 1 }]],
  ['no container twice, when it is removed later', counts(1, {}, { c: 1 }), counts(1, {}), []],
  [
    'several at once',
    counts(5, { a: 1, b: 0 }, { c: 4 }),
    counts(9, { a: 2, b: 0 }, { c: 5, d: 1 }),
    [
      { of: 'service', name: 'a', killed: 1 },
      { of: 'container', name: 'c', killed: 1 },
      { of: 'container', name: 'd', killed: 1 },
      { of: 'container', killed: 1 },
    ],
  ],
])('killedBetween() tells of %s', (_, before, after, reports) => {
  expect(killedBetween(before, after)).toEqual(reports);
});

it('killedBetween() names containers that were removed as far as the kernel told of them', () => {
  const told = ['before', 'c', 'there', 'd', 'd'];
  const [before, after] = [counts(1, {}, { there: 1 }), counts(6, {}, { there: 2 })];
  expect(killedBetween(before, after, told)).toEqual([
    { of: 'container', name: 'there', killed: 1 },
    { of: 'container', name: 'before', killed: 1 },
    { of: 'container', name: 'c', killed: 1 },
    { of: 'container', name: 'd', killed: 2 },
  ]);
  // the newest, where the log says more than the counts
  expect(killedBetween(noKills, counts(1, {}), ['old', 'new'])).toEqual([
    { of: 'container', name: 'new', killed: 1 },
  ]);
  expect(killedBetween(noKills, counts(3, {}), ['c'])).toEqual([
    { of: 'container', name: 'c', killed: 1 },
    { of: 'container', killed: 2 },
  ]);
});

const victim = (oom: string, task: string, { cpuset = '/', comm = 'tail' } = {}) =>
  `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=${cpuset},mems_allowed=0,` +
  `oom_memcg=${oom},task_memcg=${task},task=${comm},pid=7,uid=100000`;

it.each<[string, string, string[]]>([
  ['its own limit', victim('/bulkhead/containers/c1', '/bulkhead/containers/c1'), ['c1']],
  ['a group of its own', victim('/bulkhead/containers/c1/a', '/bulkhead/containers/c1/a/b'), ['c1']],
  ['the limit of all', victim('/bulkhead', '/bulkhead/containers/c1'), ['c1']],
  ['a service', victim('/bulkhead/warden', '/bulkhead/warden'), []],
  [
    'a name that pretends',
    victim('/bulkhead/containers/c1/a,task_memcg=/bulkhead/containers/c2/', '/x'),
    ['c1'],
  ],
  ['a cpuset that pretends', victim('/bulkhead/containers/c1', '/x', { cpuset: ',oom_memcg=' }), ['c1']],
  [
    'a process that pretends',
    victim('/bulkhead/warden', '/bulkhead/warden', { comm: ',task_memcg=/bu' }),
    [],
  ],
  ['anything else', 'Memory cgroup out of memory: Killed process 7 (oom-kill:constraint=)', []],
])('killedContainers(): %s', (_, text, names) => {
  expect(killedContainers([text])).toEqual(names);
});

it('recordText() takes the head and further lines away', () => {
  expect(recordText('6,339,5140900,-;NET: said; so\n SUBSYSTEM=net\n')).toBe('NET: said; so');
  expect(recordText('nothing')).toBeUndefined();
});

it('KernelLog takes a log that cannot be read as one that says nothing (crash.test.ts: a real one)', () => {
  expect(new KernelLog('/nowhere').read()).toEqual([]);
});

it('describeKills() is for a person', () => {
  expect(describeKills({ of: 'service', name: 'warden', killed: 1 })).toBe(
    'service warden: the kernel killed a process for want of memory',
  );
  expect(describeKills({ of: 'container', killed: 2 })).toContain(
    'a container that has gone: the kernel killed 2',
  );
});

it('OomWatch hears of a kill, says whose it was, and looks four times a second at most', async () => {
  const cgroups = mkdtempSync(join(tmpdir(), 'bh-oom-'));
  const clock = new FakeClock();
  const reports: OomReport[] = [];
  const kills = (group: string, oom_kill: number, groups = 0) => {
    mkdirSync(join(cgroups, group), { recursive: true });
    writeFileSync(
      join(cgroups, group, 'memory.events'),
      `low 0\nmax 7\noom 1\noom_kill ${oom_kill}\noom_group_kill ${groups}\n`,
    );
  };
  for (const group of ['warden', 'containers/c1', 'containers', '.']) kills(group, 0);
  const told: string[][] = [];
  const kernelLog = { read: () => told.shift() ?? [] };
  const watch = new OomWatch({ cgroups, kernelLog, clock, onKilled: (report) => reports.push(report) });
  onTestFinished(() => {
    watch.stop();
    rmSync(cgroups, { recursive: true });
  });
  watch.start();
  kills('warden', 3, 1); // two processes, as one group
  kills('.', 3, 1);
  await vi.waitFor(() => expect(reports).toEqual([{ of: 'service', name: 'warden', killed: 2 }]));
  kills('containers/c1', 2);
  kills('.', 5, 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(reports).toHaveLength(1);
  await vi.waitFor(() => {
    clock.advance(250);
    expect(reports.slice(1)).toEqual([{ of: 'container', name: 'c1', killed: 2 }]);
  });
  const gone = '/bulkhead/containers/c2';
  told.push([victim(gone, gone)]);
  kills('.', 6, 1); // in a container that has been removed
  await vi.waitFor(() => {
    clock.advance(250);
    expect(reports.slice(2)).toEqual([{ of: 'container', name: 'c2', killed: 1 }]);
  });
});
