import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../../../host/engine/demultiplex.ts';
import { runContainer } from '../../../host/engine/run.ts';
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

export interface RunOptions {
  say: (line: string) => void;
  /** Services are being killed meanwhile: the VM is looked at once in the end. */
  chaos?: boolean;
  /** Steps from outside of a container that run at once. */
  parallel?: number;
}

type Answers = Map<string, Record<string, string>>;

/** Tries all rows in a VM, and looks at it before and after each batch. */
export async function runRows(rows: readonly Row[], ground: Ground, options: RunOptions): Promise<Outcome> {
  const { where } = ground;
  const answers: Answers = new Map();
  const findings: Finding[] = [];
  const took: Record<string, number> = {};
  let before = options.chaos ? undefined : await ground.state();
  for (const batch of batchesOf(rows, where)) {
    const begun = performance.now();
    await runBatch(batch, ground, answers, options);
    // what was away is there again for the next one
    if (options.chaos) await answering(ground);
    if (before !== undefined) {
      const after = await ground.state();
      for (const change of changes(before, after))
        findings.push({ batch: batch.title, rows: batch.rows, change });
      before = after;
    }
    took[batch.title] = Math.round((performance.now() - begun) / 100) / 10;
    options.say(`${where}: ${batch.title}: ${batch.rows.length} rows, ${took[batch.title]} s`);
  }
  const results = rows.map((row) => judge(row, where, answers.get(row.id) ?? {}, options.chaos));
  return { results, findings, took };
}

async function runBatch(batch: Batch, ground: Ground, answers: Answers, options: RunOptions): Promise<void> {
  if (batch.kind === 'outside') {
    await inParallel(batch.steps, options.parallel ?? 2, (step) =>
      runStep(step, ground, answers, options.chaos),
    );
    return;
  }
  const said = await words(
    async () =>
      (await ground.engine.execute(ground.containers[batch.container], probing(batch.script))).stdout,
    options.chaos,
  );
  for (const [name, text] of Object.entries(found(said))) {
    const at = name.indexOf('/');
    note(answers, name.slice(0, at), { [name.slice(at + 1)]: text });
  }
}

async function runStep(step: Step, ground: Ground, answers: Answers, chaos?: boolean): Promise<void> {
  if (step.kind === 'asks') {
    if (!isTried(step.ask, ground.where)) return;
    note(answers, step.id, { [step.name]: await words(() => step.ask.ask(ground), chaos) });
    return;
  }
  const { id, asked, attempts } = step;
  const tried = Object.keys(attempts).filter((name) =>
    isTried(attempts[name] as Attempts[string], ground.where),
  );
  if (tried.length === 0) return;
  const spec = ground.prober.spec({ Cmd: probing(scriptOf(attempts, ground.where)), ...asked });
  const said = await words(async () => spoken(await runContainer(ground.engine, spec)), chaos);
  const results = found(said);
  // not made, or not started: that is what each of them came to
  note(
    answers,
    id,
    Object.keys(results).length > 0 ? results : Object.fromEntries(tried.map((name) => [name, said])),
  );
}

/** Until the engine answers, or for some minutes. */
async function answering({ engine }: Ground): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    try {
      return await engine.ping({ timeout: 5000 });
    } catch {
      await sleep(1000);
    }
  }
}

/** A container that says nothing has not even begun with its script. */
function spoken({ stdout, stderr, exitCode }: Output & { exitCode: number }): string {
  return stdout === '' ? `nothing; exit code ${exitCode} ${stderr}` : stdout;
}

/** A refusal is an answer. */
async function words(ask: () => Promise<string>, chaos = false): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    // a connection that breaks is an answer only where somebody breaks it
    if (!(isHostError(error) || (chaos && error instanceof Error))) throw error;
    return error.message;
  }
}

function note(answers: Answers, id: string, more: Record<string, string>): void {
  answers.set(id, { ...answers.get(id), ...more });
}
