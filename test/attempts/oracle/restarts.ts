import type { State } from './compare.ts';

/** What a service changes by being started again, whoever killed it, and what of a fact is the same before and after. */
const renewed: readonly { section: string; lines: RegExp; same: (fact: string) => string | undefined }[] = [
  { section: 'processes', lines: /^\d+ /, same: (fact) => fact.replace(/^\d+ /, '') },
  // the device number of a FUSE mount is another one each time
  { section: 'mounts', lines: / - fuse\.lxcfs /, same: (fact) => fact.replace(/^\d+:\d+ /, '') },
  { section: 'files', lines: / \/run\/bulkhead\/lxcfs\.pid$/, same: () => '/run/bulkhead/lxcfs.pid' },
  // dockerd makes the folder `runtimes` again; of ls(1), blocks in all
  {
    section: 'files',
    lines: /^d\S+ .* (docker|runtimes)$/,
    same: (fact) => fact.replace(/\w{3} +\d+ +[\d:]+ (\w+)$/, '$1'),
  },
  { section: 'files', lines: /^total \d+$/, same: () => undefined },
];

/** @returns what must be so however often services were started again: how often each fact is there, if more than once. Pure. */
export function acrossRestarts(state: State): State {
  return Object.fromEntries(
    Object.entries(state).map(([section, facts]) => {
      const counts = new Map<string, number>();
      for (const fact of facts) {
        const rule = renewed.find((each) => each.section === section && each.lines.test(fact));
        const same = rule === undefined ? fact : rule.same(fact);
        if (same !== undefined) counts.set(same, (counts.get(same) ?? 0) + 1);
      }
      return [
        section,
        new Set([...counts].map(([fact, count]) => (count > 1 ? `${count} × ${fact}` : fact))),
      ];
    }),
  );
}
