import type { Found } from '../harness/probes.ts';

/** The VM as it ships (but for its root shell), and the one with plain runc and nothing that judges. */
export type Where = 'here' | 'stock';

/** A whole answer, or what it must have. */
export type Said = string | RegExp;

/** What an attempt comes to: what is refused here must come through with plain runc on the same kernel, or a refusal shows nothing. */
export interface Outcome {
  here: Said;
  /** What is said with plain runc; or why it says the same; or why it cannot be tried there. */
  stock: Said | { same: string } | { untried: string };
}

/** Something that a container tries. */
export interface Attempt extends Outcome {
  /** A line of busybox sh, with what test/harness/probes.ts puts before it. */
  line: string;
}

/** By name: unique in a script. */
export type Attempts = Readonly<Record<string, Attempt>>;

/** One line for each, to be found out by name. */
export function scriptOf(attempts: Attempts, where: Where = 'here'): string {
  return Object.entries(attempts)
    .filter(([, attempt]) => isTried(attempt, where))
    .map(([name, { line }]) => `try '${name}' ${line}`)
    .join('\n');
}

/** @returns a line for each attempt with another outcome: none, when all is as it should be */
export function otherOutcomes(attempts: Attempts, found: Found, where: Where): string[] {
  return Object.entries(attempts).flatMap(([name, attempt]) => {
    if (!isTried(attempt, where)) return [];
    const expected = expectedOf(attempt, where);
    const said = found[name];
    if (said !== undefined && fits(expected, said)) return [];
    return [`${name} (${attempt.line}): expected ${expected}, found ${said}`];
  });
}

/** Whether plain runc is to say something else, which is then what an escape looks like. */
export function hasControl(outcome: Outcome): outcome is Outcome & { stock: Said } {
  return typeof outcome.stock === 'string' || outcome.stock instanceof RegExp;
}

export function isTried(outcome: Outcome, where: Where): boolean {
  if (where === 'here' || hasControl(outcome)) return true;
  return typeof outcome.stock === 'object' && !('untried' in outcome.stock);
}

export function expectedOf(outcome: Outcome, where: Where): Said {
  return where === 'stock' && hasControl(outcome) ? outcome.stock : outcome.here;
}

export function fits(expected: Said, said: string): boolean {
  return typeof expected === 'string' ? said === expected : expected.test(said);
}
