import { expectedOf, fits, hasControl, isTried, type Outcome, type Where } from '../attempt.ts';
import { outcomesOf, type Row } from '../row.ts';

/**
 * What became of a row.
 * - `held`: as it must be here.
 * - `escaped`: what plain runc lets happen. Wanted in the control, and nowhere else.
 * - `same`: the control says the same, for a reason that the row gives.
 * - `refused`: only while services are killed: no answer, or a refusal in other words.
 * - `unexpected`: neither; a row that does not say what happens is wrong.
 * - `untried`, `proved`: not in this VM; by a boot test or another row.
 */
export type Verdict = 'held' | 'escaped' | 'same' | 'refused' | 'unexpected' | 'untried' | 'proved';

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

/** What may be said instead while services are killed. */
const disturbed =
  /authorization|warden|authorizer|connection|ECONN|EPIPE|socket|timed? ?out|no answer|not running|no such (container|process|exec)|is not there|shutting down|ttrpc|containerd|context (canceled|deadline)|unavailable|EOF|can't (open|create)|Transport endpoint|is restarting|50[0-9]\)/i;

export function judge(row: Row, where: Where, answers: Answers, chaos = false): Result {
  const outcomes = Object.entries(outcomesOf(row)).filter(([, outcome]) => isTried(outcome, where));
  const others = outcomes.flatMap(([name, outcome]) => {
    const said = answers[name];
    const expected = expectedOf(outcome, where);
    return said !== undefined && fits(expected, said) ? [] : [`${name}: expected ${expected}, found ${said}`];
  });
  const verdict =
    outcomes.length === 0 ? unanswered(row) : verdictOf(outcomes, where, answers, others, chaos);
  return { id: row.id, where, verdict, answers, others };
}

function unanswered({ tries }: Row): Verdict {
  return tries.some(({ kind }) => kind === 'proof' || kind === 'row') ? 'proved' : 'untried';
}

function verdictOf(
  outcomes: readonly [string, Outcome][],
  where: Where,
  answers: Answers,
  others: readonly string[],
  chaos: boolean,
): Verdict {
  if (where === 'stock') {
    if (others.length > 0) return 'unexpected';
    return outcomes.some(([, outcome]) => hasControl(outcome)) ? 'escaped' : 'same';
  }
  if (others.length === 0) return 'held';
  const escapes = outcomes.filter(([name, outcome]) => {
    const said = answers[name];
    return (
      said !== undefined && !fits(outcome.here, said) && hasControl(outcome) && fits(outcome.stock, said)
    );
  });
  if (escapes.length > 0) return 'escaped';
  const mild = outcomes.every(([name, { here }]) => {
    const said = answers[name];
    return said === undefined || said === '' || fits(here, said) || disturbed.test(said);
  });
  return chaos && mild ? 'refused' : 'unexpected';
}

/** A verdict that ends the suite with an error. */
export function isFailure({ where, verdict }: Result): boolean {
  return verdict === 'unexpected' || (verdict === 'escaped' && where === 'here');
}
