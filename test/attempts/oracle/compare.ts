import type { Found } from '../../harness/probes.ts';
import { lines, readers } from './readers.ts';
import { isVolatile } from './volatile.ts';

/** The VM at one moment: facts by section. */
export type State = Readonly<Record<string, ReadonlySet<string>>>;

const none: ReadonlySet<string> = new Set();
/** Seconds that the clock may differ from what it was: it is read in whole ones. */
const CLOCK_TOLERANCE = 2;

export function stateOf(found: Found): State {
  return Object.fromEntries(
    Object.entries(found).map(([section, text]) => {
      const facts = (readers[section] ?? lines)(text).filter((line) => !isVolatile(section, line));
      return [section, new Set(facts)];
    }),
  );
}

/** @returns what is no longer so (`-`), and what is so now (`+`), a line each */
export function changes(before: State, after: State): string[] {
  const sections = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return sections.flatMap((section) => {
    const [was, is] = [before[section] ?? none, after[section] ?? none];
    if (section === 'clock' && isSameClock(was, is)) return [];
    return [
      ...[...was].filter((fact) => !is.has(fact)).map((fact) => `${section}: - ${fact}`),
      ...[...is].filter((fact) => !was.has(fact)).map((fact) => `${section}: + ${fact}`),
    ];
  });
}

function isSameClock(was: ReadonlySet<string>, is: ReadonlySet<string>): boolean {
  const [then, now] = [...was, ...is].map(Number);
  return then !== undefined && now !== undefined && Math.abs(now - then) <= CLOCK_TOLERANCE;
}
