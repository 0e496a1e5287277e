import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { OomReport } from '../../services/channel/protocol/methods.ts';
import { FakeClock } from '../../services/supervisor/testing.ts';
import { KernelLog, killedContainers, recordText } from './kernel-log.ts';
import { accountKills, describeKills, noKills, type OomAccount, type OomCounts } from './kills.ts';
import { OomWatch } from './watch.ts';

const counts = (total: number, services: object, containers: object = {}): OomCounts => ({
  total,
  services: new Map(Object.entries(services)),
  containers: new Map(Object.entries(containers)),
});

const none = counts(0, {});
const after = (before: OomCounts): OomAccount => ({ ...noKills, counts: before });

it.each<[string, OomCounts, OomCounts, OomReport[]]>([
  ['nothing', counts(1, { a: 1 }), counts(1, { a: 1 }), []],
  ['a service', counts(1, { a: 1 }), counts(3, { a: 3 }), [{ of: 'service', name: 'a', killed: 2 }]],
  ['a new container', none, counts(1, {}, { c: 1 }), [{ of: 'container', name: 'c', killed: 1 }]],
  ['a container that was removed', none, counts(1, { a: 0 }), [{ of: 'container', killed: 1 }]],
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
])('accountKills() tells of %s', (_, before, now, reports) => {
  const first = accountKills(after(before), now);
  expect([...first.reports, ...accountKills(first.account, now).reports]).toEqual(reports);
});

it('accountKills() names containers that were removed as far as the kernel told of them, the oldest first', () => {
  const told = ['before', 'c', 'there', 'd', 'd'];
  const before = after(counts(1, {}, { there: 1 }));
  const { account, reports } = accountKills(before, counts(5, {}, { there: 2 }), told);
  expect(reports).toEqual([
    { of: 'container', name: 'there', killed: 1 },
    { of: 'container', name: 'before', killed: 1 },
    { of: 'container', name: 'c', killed: 1 },
    { of: 'container', name: 'd', killed: 1 },
  ]);
  // the log was ahead of the counts by one, and left one out
  const next = accountKills(account, counts(7, {}, {}));
  expect(next.reports).toEqual([{ of: 'container', name: 'd', killed: 1 }]);
  const last = accountKills(next.account, counts(7, {}, {}));
  expect(last.reports).toEqual([{ of: 'container', killed: 1 }]);
  expect(accountKills(last.account, counts(7, {}, {})).reports).toEqual([]);
});

it('accountKills() tells of each kill once, however the kernel goes on while it is looked at', () => {
  const step = fc.tuple(fc.constantFrom('log', 'count', 'remove', 'look', 'group'), fc.nat(2), fc.nat(3));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const kernel = new KernelThatKills();
      let account = noKills;
      const reports: OomReport[] = [];
      const look = (during: typeof steps = []) => {
        const { total } = kernel;
        kernel.looks++;
        for (const [what, which] of during) kernel.does(what, which);
        const services = new Map([[SERVICE, kernel.service]]);
        const containers = new Map(kernel.groups);
        for (const [what, which] of during) kernel.does(what, which);
        const result = accountKills(account, { total, services, containers }, kernel.told.splice(0));
        account = result.account;
        reports.push(...result.reports);
      };
      for (const [index, [what, which, between]] of steps.entries()) {
        // the next steps happen while it looks
        const during = steps.slice(index + 1, index + 1 + between);
        if (what === 'look') look(during);
        else kernel.does(what, which);
      }
      while (kernel.busy) kernel.does('count', 0);
      look();
      while (account.open > 0) look();
      const found = new Map<string | undefined, number>();
      for (const { name, killed } of reports) found.set(name, (found.get(name) ?? 0) + killed);
      expect(found).toEqual(kernel.killed);
    }),
    { numRuns: 2000 },
  );
});

const SERVICE = 'service';
/** A group of two: the one that was chosen, the group itself, which is taken off, then both. */
const GROUP_KILL = [1, -1, 2];

/**
 * Kills in its order: it says so, then counts in the group and above; a service is killed as a whole. A removed
 * container does not come back.
 */
class KernelThatKills {
  service = 0;
  /** Since it has killed the service. */
  looks = 2;
  readonly told: string[] = [];
  readonly groups = new Map<string, number>();
  readonly killed = new Map<string, number>();
  total = 0;
  #dying: string[] = [];
  #counting: number[] = [];
  #made = 0;
  #names = [0, 1, 2].map(() => this.#create());

  get busy(): boolean {
    return this.#dying.length + this.#counting.length > 0;
  }

  does(what: string, which: number): void {
    const name = this.#names[which] as string;
    if (what === 'log') {
      this.told.push(name);
      this.#dying.push(name);
      this.killed.set(name, (this.killed.get(name) ?? 0) + 1);
    }
    if (what === 'count') {
      for (const dying of this.#dying.splice(0)) {
        this.groups.set(dying, (this.groups.get(dying) ?? 0) + 1);
        this.total++;
      }
      if (this.#counting.length > 0) this.looks = 0;
      const count = this.#counting.shift() ?? 0;
      this.service += count;
      this.total += count;
    }
    // a service takes longer to start again than there is between two looks
    if (what === 'group' && this.#counting.length === 0 && this.looks >= 2) {
      this.#counting = [...GROUP_KILL];
      this.killed.set(SERVICE, (this.killed.get(SERVICE) ?? 0) + 2);
    }
    // a group with a process in it, dead or not, cannot be removed
    if (what === 'remove' && !this.#dying.includes(name)) {
      this.groups.delete(name);
      this.#names[which] = this.#create();
    }
  }

  #create(): string {
    const name = `c${this.#made++}`;
    this.groups.set(name, 0);
    return name;
  }
}

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
  mkdirSync(join(cgroups, 'containers/c2')); // as if it went after the folder was read
  kills('.', 6, 1); // in a container that has been removed
  await vi.waitFor(() => {
    clock.advance(250);
    expect(reports.slice(2)).toEqual([{ of: 'container', name: 'c2', killed: 1 }]);
  });
});
