import type { Asked } from '../../harness/probes.ts';
import { type Attempts, scriptOf, type Where } from '../attempt.ts';
import type { ContainerName } from '../containers.ts';
import type { Ask, Row, Try } from '../row.ts';

/** What is tried between two looks at the VM. */
export type Batch = { title: string; rows: readonly string[] } & (
  | { kind: 'inside'; container: ContainerName; script: string }
  | { kind: 'outside'; steps: readonly Step[] }
);

/** One thing after the other. */
export type Step = { id: string } & (
  | { kind: 'alone'; asked: Asked; attempts: Attempts }
  | { kind: 'asks'; name: string; ask: Ask }
);

/** The name of an attempt in a script that several rows share. */
export const scriptName = (id: string, name: string): string => `${id}/${name}`;

/** Pure. Rows with containers of their own, and what is asked from outside, by class. */
export function batchesOf(rows: readonly Row[], where: Where): Batch[] {
  return [...insideBatches(rows, where), ...outsideBatches(rows, where)];
}

/** The container that runs all the time in which it is tried; undefined: in one of its own, or from outside. */
function containerOf(each: Try, where: Where): ContainerName | undefined {
  if (each.kind === 'inside') return each.container;
  return each.kind === 'alone' && where === 'stock' ? each.control : undefined;
}

function insideBatches(rows: readonly Row[], where: Where): Batch[] {
  const lines = new Map<ContainerName, { ids: string[]; scripts: string[] }>();
  for (const { id, tries } of rows) {
    for (const each of tries) {
      const container = containerOf(each, where);
      if (container === undefined || !('attempts' in each)) continue;
      const batch = lines.get(container) ?? { ids: [], scripts: [] };
      lines.set(container, batch);
      const named = Object.entries(each.attempts).map(([name, attempt]) => [scriptName(id, name), attempt]);
      batch.scripts.push(scriptOf(Object.fromEntries(named) as Attempts, where));
      batch.ids.push(id);
    }
  }
  return [...lines].map(([container, { ids, scripts }]) => ({
    kind: 'inside',
    title: `in the container '${container}'`,
    rows: [...new Set(ids)],
    container,
    script: scripts.filter((script) => script !== '').join('\n'),
  }));
}

function outsideBatches(rows: readonly Row[], where: Where): Batch[] {
  const steps = new Map<string, Step[]>();
  for (const { id, class: title, tries } of rows) {
    for (const each of tries) {
      if (each.kind !== 'alone' && each.kind !== 'asks') continue;
      if (containerOf(each, where) !== undefined) continue;
      const list = steps.get(title) ?? [];
      steps.set(title, list);
      if (each.kind === 'alone') list.push({ id, kind: 'alone', asked: each.asked, attempts: each.attempts });
      else for (const [name, ask] of Object.entries(each.asks)) list.push({ id, kind: 'asks', name, ask });
    }
  }
  return [...steps].map(([title, list]) => ({
    kind: 'outside',
    title,
    rows: [...new Set(list.map(({ id }) => id))],
    steps: list,
  }));
}
