import type { Asked } from '../harness/probes.ts';
import type { Attempts, Outcome } from './attempt.ts';
import type { ContainerName } from './containers.ts';
import type { Ground } from './suite/ground.ts';

export const classes = [
  'namespaces and flags',
  'devices',
  'capabilities',
  'proc, sysfs, sysctl',
  'mounts',
  'images and runtime files',
  'API and daemon',
  'shared resources and helpers',
  'before boot and beside the engine',
  'audits',
  'CVEs',
] as const;
export type RowClass = (typeof classes)[number];

/** What plain runc lets happen; or why it does not either; or why that is not tried. */
export type Control = string | { same: string } | { untried: string };

/** One way to get out. */
export interface Row {
  /** A number from 1 on; `B5.19` for Docker Bench's checks, `A1` for what amicontained looks at; or a CVE. */
  id: string;
  name: string;
  class: RowClass;
  /** docker's flags and the command in the container, as a person would try it. */
  how: string;
  /** What must happen in this VM. */
  expectation: string;
  /** What stops it. */
  defence: string;
  control: Control;
  tries: readonly Try[];
  /** CVEs: whether the version in the image has the flaw. */
  vulnerable?: string;
}

/** Where a boot test shows it: it needs boots of its own, or hours. */
export interface Proof {
  file: string;
  /** As it is written in that file. */
  test: string;
}

export interface Ask extends Outcome {
  /** From outside of a container. @returns what was said */
  ask: (ground: Ground) => Promise<string>;
}

export type Try =
  /** In one of the containers that run all the time, with the lines of other rows. */
  | { kind: 'inside'; container: ContainerName; attempts: Attempts }
  /**
   * In a container of its own; where it is not made or started, the words of the refusal are each attempt's outcome.
   * `control`: the container that has it all in the control.
   */
  | { kind: 'alone'; asked: Asked; attempts: Attempts; control?: ContainerName }
  | { kind: 'asks'; asks: Readonly<Record<string, Ask>> }
  | { kind: 'proof'; proof: Proof }
  /** What another row does is this row's attempt, too. */
  | { kind: 'row'; id: string };

export const inside = (container: ContainerName, attempts: Attempts): Try => ({
  kind: 'inside',
  container,
  attempts,
});

export const alone = (asked: Asked, attempts: Attempts, control?: ContainerName): Try => ({
  kind: 'alone',
  asked,
  attempts,
  ...(control && { control }),
});

export const asks = (asks: Readonly<Record<string, Ask>>): Try => ({ kind: 'asks', asks });

export const proof = (file: string, test: string): Try => ({ kind: 'proof', proof: { file, test } });

export const row = (id: string): Try => ({ kind: 'row', id });

/** All outcomes of a row, by name: unique in it. */
export function outcomesOf({ tries }: Row): Readonly<Record<string, Outcome>> {
  return Object.assign(
    {},
    ...tries.map((each) => ('attempts' in each ? each.attempts : 'asks' in each ? each.asks : {})),
  );
}

/** Pure. A row with only what these outcomes take: all attempts of a container of its own, or of one that runs all the time. */
export function onlyFor(row: Row, names: ReadonlySet<string>): Row {
  const tries = row.tries.flatMap((each): Try[] => {
    if ('attempts' in each) return Object.keys(each.attempts).some((name) => names.has(name)) ? [each] : [];
    if (each.kind !== 'asks') return [];
    const left = Object.entries(each.asks).filter(([name]) => names.has(name));
    return left.length > 0 ? [asks(Object.fromEntries(left))] : [];
  });
  return { ...row, tries };
}
