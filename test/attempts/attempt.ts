import { expect } from 'vitest';
import type { Found } from '../harness/probes.ts';

/**
 * Something that a container tries, and its control: what is refused here must come through with plain runc on the
 * same kernel, or a refusal shows nothing.
 */
export interface Attempt {
  /** A line of busybox sh, with what test/harness/probes.ts puts before it. */
  line: string;
  /** What is said here. */
  here: string | RegExp;
  /** What is said with plain runc; or why it says the same; or why it cannot be tried there. */
  stock: string | RegExp | { same: string } | { untried: string };
}

/** By name: unique in a script. */
export type Attempts = Readonly<Record<string, Attempt>>;

/** One line for each, to be found out by name. */
export function scriptOf(attempts: Attempts, where: 'here' | 'stock' = 'here'): string {
  return Object.entries(attempts)
    .filter(([, attempt]) => isTried(attempt, where))
    .map(([name, { line }]) => `try '${name}' ${line}`)
    .join('\n');
}

/** @throws an assertion error that names each attempt with another outcome */
export function expectOutcomes(attempts: Attempts, found: Found, where: 'here' | 'stock'): void {
  const others = Object.entries(attempts).flatMap(([name, attempt]) => {
    if (!isTried(attempt, where)) return [];
    const expected = outcome(attempt, where);
    const said = found[name];
    const fits =
      said !== undefined && (typeof expected === 'string' ? said === expected : expected.test(said));
    return fits ? [] : [`${name} (${attempt.line}): expected ${expected}, found ${said}`];
  });
  expect(others).toEqual([]);
}

function isTried({ stock }: Attempt, where: 'here' | 'stock'): boolean {
  return where === 'here' || typeof stock === 'string' || stock instanceof RegExp || !('untried' in stock);
}

function outcome({ here, stock }: Attempt, where: 'here' | 'stock'): string | RegExp {
  if (where === 'here') return here;
  return typeof stock === 'string' || stock instanceof RegExp ? stock : here;
}
