import { expectedOf, fits, hasControl, isTried, type Outcome, type Where } from '../attempt.ts';
import { outcomesOf, type Row } from '../row.ts';

/**
 * What became of a row.
 * - `held`: as it must be here.
 * - `escaped`: what plain runc lets happen. Wanted in the control, and nowhere else.
 * - `same`: the control says the same, for a reason that the row gives.
 * - `unexpected`: neither; a row that does not say what happens is wrong.
 * - `untried`, `proved`: not in this VM; by a boot test or another row.
 */
export type Verdict = 'held' | 'escaped' | 'same' | 'unexpected' | 'untried' | 'proved';

/** What each attempt of a row said, by name. */
export type Answers = Readonly<Record<string, string | undefined>>;

export interface Result {
  id: string;
  where: Where;
  verdict: Verdict;
  answers: Answers;
  /** What is not as the row says, a line each. */
  others: readonly string[];
}

/** What is said of a service that is being killed. */
const away =
  /authorization|warden|authorizer|connection|ECONN|EPIPE|socket|timed? ?out|no answer|not running|no such (container|process|exec)|is not there|shutting down|ttrpc|containerd|context (canceled|deadline)|unavailable|EOF|can't (open|create)|Transport endpoint|is restarting|50[0-9]\)/i;

export function judge(row: Row, where: Where, answers: Answers): Result {
  const outcomes = triedOutcomes(row, where);
  const others = outcomes.flatMap(([name, outcome]) => {
    const said = answers[name];
    const expected = expectedOf(outcome, where);
    return said !== undefined && fits(expected, said) ? [] : [`${name}: expected ${expected}, found ${said}`];
  });
  const verdict = outcomes.length === 0 ? unanswered(row) : verdictOf(outcomes, where, answers, others);
  return { id: row.id, where, verdict, answers, others };
}

/** @returns what of a row has no answer yet, or one that is about a service which was away: never what got through */
export function disturbed(row: Row, answers: Answers): Set<string> {
  const outcomes = triedOutcomes(row, 'here');
  return new Set(
    outcomes.filter(([name, outcome]) => isDisturbed(outcome, answers[name])).map(([name]) => name),
  );
}

/**
 * What an attempt comes to that was tried twice: the first real answer, for what it left behind can be in the way of the
 * second; but nothing outweighs that it got through. Without a control nobody knows how that looks: then it is whatever
 * is not what must be said, and not about a service that was away.
 */
export function settled(outcome: Outcome, first: string | undefined, second: string): string {
  if (first === undefined || isDisturbed(outcome, first)) return second;
  if (hasControl(outcome)) return isEscape(outcome, second) ? second : first;
  return fits(outcome.here, second) || isDisturbed(outcome, second) ? first : second;
}

function isDisturbed(outcome: Outcome, said: string | undefined): boolean {
  if (said === undefined) return true;
  return !fits(outcome.here, said) && !isEscape(outcome, said) && away.test(said);
}

function isEscape(outcome: Outcome, said: string | undefined): boolean {
  if (said === undefined || fits(outcome.here, said)) return false;
  return hasControl(outcome) && fits(outcome.stock, said);
}

function triedOutcomes(row: Row, where: Where): [string, Outcome][] {
  return Object.entries(outcomesOf(row)).filter(([, outcome]) => isTried(outcome, where));
}

function unanswered({ tries }: Row): Verdict {
  return tries.some(({ kind }) => kind === 'proof' || kind === 'row') ? 'proved' : 'untried';
}

function verdictOf(
  outcomes: readonly [string, Outcome][],
  where: Where,
  answers: Answers,
  others: readonly string[],
): Verdict {
  if (where === 'stock') {
    if (others.length > 0) return 'unexpected';
    return outcomes.some(([, outcome]) => hasControl(outcome)) ? 'escaped' : 'same';
  }
  if (others.length === 0) return 'held';
  return outcomes.some(([name, outcome]) => isEscape(outcome, answers[name])) ? 'escaped' : 'unexpected';
}

/** A verdict that ends the suite with an error. */
export function isFailure({ where, verdict }: Result): boolean {
  return verdict === 'unexpected' || (verdict === 'escaped' && where === 'here');
}
