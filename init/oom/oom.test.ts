import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { OomReport } from '../../services/channel/protocol/methods.ts';
import { FakeClock } from '../../services/supervisor/testing.ts';
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
  const watch = new OomWatch({ cgroups, clock, onKilled: (report) => reports.push(report) });
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
});
