import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../../../host/engine/demultiplex.ts';
import { isHostError } from '../../../host/errors.ts';
import { found, inParallel, probing } from '../../harness/probes.ts';
import { type Attempts, isTried, scriptOf } from '../attempt.ts';
import { changes } from '../oracle/compare.ts';
import type { Row } from '../row.ts';
import { type Batch, batchesOf, type Step } from './batches.ts';
import type { Ground } from './ground.ts';
import { judge, type Result } from './verdict.ts';

/** Something in the VM that is not as it was, whatever the commands said. */
export interface Finding {
  batch: string;
  rows: readonly string[];
  change: string;
}

export interface Outcome {
  results: Result[];
  findings: Finding[];
  /** Seconds by batch. */
  took: Record<string, number>;
}

/** What each attempt of a row said: by id, by name. */
export type AllAnswers = Map<string, Record<string, string>>;

/** Steps from outside of a container that run at once. */
const PARALLEL = 2;

/** Tries all rows in a VM, and looks at it before and after each batch. */
export async function runRows(
  rows: readonly Row[],
  ground: Ground,
  say: (line: string) => void,
): Promise<Outcome> {
  const { where } = ground;
  const answers: AllAnswers = new Map();
  const findings: Finding[] = [];
  const took: Record<string, number> = {};
  let before = await ground.state();
  for (const batch of batchesOf(rows, where)) {
    const begun = performance.now();
    for (const [id, more] of await runBatch(batch, ground)) note(answers, id, more);
    const tried = performance.now();
    const after = await ground.state();
    for (const change of changes(before, after))
      findings.push({ batch: batch.title, rows: batch.rows, change });
    before = after;
    took[batch.title] = tenths(tried - begun);
    const looked = tenths(performance.now() - tried);
    say(
      `${where}: ${batch.title}: ${batch.rows.length} rows, ${took[batch.title]} s, and ${looked} s to look`,
    );
  }
  const results = rows.map((row) => judge(row, where, answers.get(row.id) ?? {}));
  return { results, findings, took };
}

const tenths = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

/** While services are killed: what has no answer has none, and a connection that breaks is an answer. */
export interface Disturbed {
  /** Milliseconds for one step. */
  patience: number;
  /** Waits for what is away; what is killed in the middle of a step is that step's matter. */
  ready: () => Promise<void>;
}

export async function runBatch(batch: Batch, ground: Ground, disturbed?: Disturbed): Promise<AllAnswers> {
  const answers: AllAnswers = new Map();
  if (batch.kind === 'outside') {
    await inParallel(batch.steps, PARALLEL, (step) => runStep(step, ground, answers, disturbed));
    return answers;
  }
  const said = await words(
    async () =>
      (await ground.engine.execute(ground.containers[batch.container], probing(batch.script))).stdout,
    disturbed,
  );
  for (const [name, text] of Object.entries(found(said))) {
    const at = name.indexOf('/');
    note(answers, name.slice(0, at), { [name.slice(at + 1)]: text });
  }
  return answers;
}

async function runStep(
  step: Step,
  ground: Ground,
  answers: AllAnswers,
  disturbed?: Disturbed,
): Promise<void> {
  if (step.kind === 'asks') {
    if (!isTried(step.ask, ground.where)) return;
    note(answers, step.id, { [step.name]: await words(() => step.ask.ask(ground), disturbed) });
    return;
  }
  const { id, asked, attempts } = step;
  const tried = Object.keys(attempts).filter((name) =>
    isTried(attempts[name] as Attempts[string], ground.where),
  );
  if (tried.length === 0) return;
  const spec = ground.prober.spec({ Cmd: probing(scriptOf(attempts, ground.where)), ...asked });
  const said = await words(async () => spoken(await ground.run(spec)), disturbed);
  const results = found(said);
  // not made, or not started: that is what each of them came to
  note(
    answers,
    id,
    Object.keys(results).length > 0 ? results : Object.fromEntries(tried.map((name) => [name, said])),
  );
}

/** A container that says nothing has not even begun with its script. */
function spoken({ stdout, stderr, exitCode }: Output & { exitCode: number }): string {
  return stdout === '' ? `nothing; exit code ${exitCode} ${stderr}` : stdout;
}

/** A refusal is an answer. */
async function words(ask: () => Promise<string>, disturbed?: Disturbed): Promise<string> {
  await disturbed?.ready();
  const asked = ask().catch((error: unknown) => {
    if (!(isHostError(error) || (disturbed !== undefined && error instanceof Error))) throw error;
    return error.message;
  });
  if (disturbed === undefined) return asked;
  const late = new AbortController();
  const silence = sleep(disturbed.patience, `no answer in ${disturbed.patience} ms`, { signal: late.signal });
  return Promise.race([asked, silence]).finally(() => late.abort());
}

function note(answers: AllAnswers, id: string, more: Record<string, string>): void {
  answers.set(id, { ...answers.get(id), ...more });
}
