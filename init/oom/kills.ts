import type { OomReport } from '../../services/channel/protocol/methods.ts';

/** How many processes the kernel has killed for want of memory, in all and by group, since each was made. */
export interface OomCounts {
  /** Of all services and containers, those that are gone included. Read before the others. */
  total: number;
  services: ReadonlyMap<string, number>;
  containers: ReadonlyMap<string, number>;
}

/** What one look leaves for the next. */
export interface OomAccount {
  counts: OomCounts;
  /** Kills in the total that no report has told of; below 0, those told of that the total did not have yet. */
  open: number;
  /** Containers of which the kernel's log says that they lost a process, one a kill, and no report yet: oldest first. */
  told: readonly string[];
}

export const noKills: OomAccount = {
  counts: { total: 0, services: new Map(), containers: new Map() },
  open: 0,
  told: [],
};

/** Names of containers kept from the kernel's log for later looks. */
const REMEMBERED = 64;

/**
 * Whose processes were killed since the last look. A group that was not there then had no kills. What no group accounts
 * for was in containers that have been removed meanwhile: services' groups stay.
 *
 * The kernel kills while it is looked at: it says so in its log, then counts, in the group and in those above. So a
 * look that reads the total, then the groups, then the log finds each further ahead, and what is ahead is settled by the
 * looks that follow. While a group is killed as a whole, its count is one behind for a moment (`killsOf` in watch.ts):
 * so what nothing accounts for is told of by the next look, if nothing does then. Pure.
 *
 * @param told what {@link killedContainers} finds in the log since the last look: it can leave some out where there are
 *   many
 */
export function accountKills(
  before: OomAccount,
  read: OomCounts,
  told: readonly string[] = [],
): { account: OomAccount; reports: OomReport[] } {
  const counts: OomCounts = {
    total: read.total,
    services: atLeast(before.counts.services, read.services),
    containers: atLeast(before.counts.containers, read.containers),
  };
  const named = [...grown('service', before, counts), ...grown('container', before, counts)];
  const unsettled = [...before.told, ...told];
  for (const { of, name, killed } of named)
    if (of === 'container') take(unsettled, killed, (n) => n === name);
  const open = counts.total - before.counts.total + before.open - sum(named);
  const gone = take(unsettled, open, (name) => !counts.containers.has(name));
  const removed = [...new Set(gone)].map((name): OomReport => {
    return { of: 'container', name, killed: gone.filter((other) => other === name).length };
  });
  const left = open - gone.length;
  const unnamed = Math.max(Math.min(left, before.open), 0);
  const rest: OomReport[] = unnamed > 0 ? [{ of: 'container', killed: unnamed }] : [];
  return {
    account: { counts, open: left - unnamed, told: unsettled.slice(-REMEMBERED) },
    reports: [...named, ...removed, ...rest],
  };
}

function atLeast(before: ReadonlyMap<string, number>, read: ReadonlyMap<string, number>) {
  return new Map([...read].map(([name, count]) => [name, Math.max(count, before.get(name) ?? 0)]));
}

function grown(of: 'service' | 'container', before: OomAccount, counts: OomCounts): Required<OomReport>[] {
  return [...counts[`${of}s`]]
    .map(([name, count]) => ({ of, name, killed: count - (before.counts[`${of}s`].get(name) ?? 0) }))
    .filter(({ killed }) => killed > 0);
}

/** Takes the first so many that match out of a list. */
function take(names: string[], count: number, matches: (name: string) => boolean): string[] {
  const taken: string[] = [];
  for (let index = 0; taken.length < count && index < names.length; ) {
    if (matches(names[index] as string)) taken.push(...names.splice(index, 1));
    else index++;
  }
  return taken;
}

function sum(reports: readonly OomReport[]): number {
  return reports.reduce((all, { killed }) => all + killed, 0);
}

/** For the log. */
export function describeKills({ of, name, killed }: OomReport): string {
  const whose = name === undefined ? `a ${of} that has gone` : `${of} ${name}`;
  return `${whose}: the kernel killed ${killed === 1 ? 'a process' : `${killed} processes`} for want of memory`;
}
