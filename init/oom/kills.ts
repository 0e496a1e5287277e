import type { OomReport } from '../../services/channel/protocol/methods.ts';

/** How many processes the kernel has killed for want of memory, in all and by group, since each was made. */
export interface OomCounts {
  /** Of all services and containers, those that are gone included. */
  total: number;
  services: ReadonlyMap<string, number>;
  containers: ReadonlyMap<string, number>;
}

export const noKills: OomCounts = { total: 0, services: new Map(), containers: new Map() };

/**
 * Whose processes were killed between two looks. A group that was not there at the first look had none. What neither
 * accounts for was in containers that have been removed meanwhile: services' groups stay. Pure.
 *
 * @param told containers of which the kernel's log says so, oldest first: it can leave some out, where there are many
 */
export function killedBetween(
  before: OomCounts,
  after: OomCounts,
  told: readonly string[] = [],
): OomReport[] {
  const named = (['service', 'container'] as const).flatMap((of) =>
    [...after[`${of}s`]].flatMap(([name, count]): OomReport[] => {
      const killed = count - (before[`${of}s`].get(name) ?? 0);
      return killed > 0 ? [{ of, name, killed }] : [];
    }),
  );
  const rest = after.total - before.total - named.reduce((sum, { killed }) => sum + killed, 0);
  if (rest <= 0) return named;
  const gone = told.filter((name) => !after.containers.has(name)).slice(-rest);
  const removed = [...new Set(gone)].map(
    (name) => ({ of: 'container', name, killed: gone.filter((other) => other === name).length }) as const,
  );
  const unnamed = rest - gone.length;
  return [...named, ...removed, ...(unnamed > 0 ? [{ of: 'container', killed: unnamed } as const] : [])];
}

/** For the log. */
export function describeKills({ of, name, killed }: OomReport): string {
  const whose = name === undefined ? `a ${of} that has gone` : `${of} ${name}`;
  return `${whose}: the kernel killed ${killed === 1 ? 'a process' : `${killed} processes`} for want of memory`;
}
