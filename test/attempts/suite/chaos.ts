import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../../host/machine/wait.ts';
import type { Random } from '../../fuzz/random.ts';
import { censusScript, unconfined, unconfinedScript } from '../../harness/census.ts';
import { CONFINED, comeAndGo } from '../../harness/crowd.ts';
import { askStatus } from '../../harness/guest.ts';
import { killServices } from '../../harness/killer.ts';
import { changes, type State } from '../oracle/compare.ts';
import { acrossRestarts } from '../oracle/restarts.ts';
import { onlyFor, outcomesOf, type Row } from '../row.ts';
import { batchesOf } from './batches.ts';
import type { Ground } from './ground.ts';
import { type AllAnswers, type Finding, type Outcome, runBatch } from './run.ts';
import { disturbed, judge, settled } from './verdict.ts';

/** Containers that there are at a time, and how many of them are started or removed side by side. */
const CROWD = { most: 20, starters: 1 };
/** Milliseconds between two kills. Two of seven are the engine's, which takes up to a minute to be there again, emulated. */
const PAUSE = { least: 5000, more: 20_000 };
/** Milliseconds between two looks at all processes. */
const LOOK = 5000;
/** Milliseconds for one step of a row. */
const PATIENCE = 240_000;
/** Milliseconds until everything must be as before when nothing is killed any more. */
const RECOVERY = 300_000;
/** How often a row is tried while services are killed, and at most after that. */
const ROUNDS = { killing: 4, after: 2 };

export interface Chaos {
  /** Kills by service. */
  killed: Record<string, number>;
  /** Rows that had to be tried more than once; those that had all their answers only after the last kill. */
  again: string[];
  after: string[];
  /** Containers that came and went meanwhile. */
  crowd: { asked: number; ran: number; unconfined: number };
  /** How often all processes were looked at. */
  looks: number;
}

/** Tries all rows while services die and containers come and go; then looks at what the VM has become. */
export async function runInChaos(
  rows: readonly Row[],
  ground: Ground,
  random: Random,
  say: (line: string) => void,
): Promise<Omit<Outcome, 'took'> & { chaos: Chaos }> {
  await seesTheUnconfined(ground);
  const before = await ground.state();
  const end = new AbortController();
  const { signal } = end;
  const disturbance = Promise.all([
    killServices(ground.vm, { random, pause: PAUSE, signal }),
    comeAndGo(ground.engine, { image: ground.prober.image, ...CROWD, signal }),
    keepLooking(ground, signal),
  ]);
  const suite = new Rounds(rows, ground, say);
  // should one of the two fail, the other must end before the VM does
  const [tried, disturbed] = await Promise.allSettled([
    suite.run('killing', ROUNDS.killing).finally(() => end.abort()),
    disturbance.finally(() => end.abort()),
  ]);
  if (tried.status === 'rejected') throw tried.reason;
  if (disturbed.status === 'rejected') throw disturbed.reason;
  const [killed, crowd, seen] = disturbed.value;
  const after = suite.pending();
  await allReady(ground);
  await suite.run('after', ROUNDS.after);
  const others = crowd.maps.filter((map) => !CONFINED.test(map));
  const found = [
    ...others.map((map) => `a container ran with the users ${map}`),
    ...seen.unconfined.map((pid) => `process ${pid} of a container has the VM's users`),
    ...(await recovered(ground, before)),
  ];
  return {
    results: suite.results(),
    findings: found.map((change): Finding => ({ batch: 'chaos', rows: rows.map(({ id }) => id), change })),
    chaos: {
      killed: Object.fromEntries(killed),
      again: suite.again(),
      after,
      crowd: { asked: crowd.asked, ran: crowd.maps.length, unconfined: others.length },
      looks: seen.looks,
    },
  };
}

/** Rows, and what each has come to so far: what was disturbed is tried again, and counted. */
class Rounds {
  readonly #rows: readonly Row[];
  readonly #ground: Ground;
  readonly #say: (line: string) => void;
  readonly #answers: AllAnswers = new Map();
  readonly #tries = new Map<string, number>();

  constructor(rows: readonly Row[], ground: Ground, say: (line: string) => void) {
    this.#rows = rows;
    this.#ground = ground;
    this.#say = say;
  }

  async run(when: 'killing' | 'after', most: number): Promise<void> {
    for (let round = 1; round <= most && this.pending().length > 0; round += 1) {
      const begun = performance.now();
      const rows = this.#rows
        .map((row) => onlyFor(row, disturbed(row, this.#of(row))))
        .filter(({ tries }) => tries.length > 0);
      await this.#try(rows);
      const took = Math.round((performance.now() - begun) / 1000);
      this.#say(`${when}, round ${round}: ${rows.length} rows, ${took} s; left: ${this.pending().join(' ')}`);
    }
  }

  /** Ids of rows without all their answers. */
  pending(): string[] {
    return this.#rows.filter((row) => disturbed(row, this.#of(row)).size > 0).map(({ id }) => id);
  }

  again(): string[] {
    return [...this.#tries].filter(([, count]) => count > 1).map(([id]) => id);
  }

  results(): Outcome['results'] {
    return this.#rows.map((row) => judge(row, 'here', this.#of(row)));
  }

  async #try(rows: readonly Row[]): Promise<void> {
    for (const { id } of rows) this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
    for (const batch of batchesOf(rows, 'here')) {
      const said = await runBatch(batch, this.#ground, {
        patience: PATIENCE,
        ready: () => answering(this.#ground),
      });
      for (const row of rows) this.#settle(row, said.get(row.id) ?? {});
      this.#say(`${batch.title}: ${batch.rows.length} rows`);
    }
  }

  #settle(row: Row, said: Readonly<Record<string, string>>): void {
    const answers = { ...this.#of(row) };
    for (const [name, outcome] of Object.entries(outcomesOf(row))) {
      const second = said[name];
      if (second !== undefined) answers[name] = settled(outcome, answers[name], second);
    }
    this.#answers.set(row.id, answers);
  }

  #of({ id }: Row): Record<string, string> {
    return this.#answers.get(id) ?? {};
  }
}

/** A process that is not confined must be seen, or to see none says nothing. */
async function seesTheUnconfined(ground: Ground): Promise<void> {
  const seen = async () => unconfined(await ground.shell(censusScript)).length > 0 || undefined;
  await ground.shell(unconfinedScript);
  if (!(await until(seen)))
    throw new Error('the look at all processes does not see one that is not confined');
  if (!(await until(async () => !(await seen()) || undefined)))
    throw new Error('a process that is not confined, and made to be seen, does not end');
}

async function keepLooking(
  ground: Ground,
  signal: AbortSignal,
): Promise<{ looks: number; unconfined: number[] }> {
  const found = new Set<number>();
  let looks = 0;
  for (; !signal.aborted; looks += 1) {
    for (const pid of unconfined(await ground.shell(censusScript))) found.add(pid);
    await sleep(LOOK);
  }
  return { looks, unconfined: [...found] };
}

/** Until the engine answers, or for some minutes: what was away is there again for the next ones. */
async function answering({ engine }: Ground): Promise<void> {
  await until(() =>
    engine.ping({ timeout: 5000 }).then(
      () => true,
      () => undefined,
    ),
  );
}

async function allReady(ground: Ground): Promise<void> {
  let away: string[] = [];
  const ready = await until(async () => {
    away = await askStatus(ground.vm, RECOVERY).then(
      ({ services }) => services.filter(({ state }) => state !== 'ready').map(({ name }) => name),
      (error: Error) => [error.message],
    );
    return away.length === 0 || undefined;
  });
  if (!ready) throw new Error(`not there again after the last kill: ${away.join(', ')}`);
  await answering(ground);
}

/** @returns what is not as before, once nothing changes any more */
async function recovered(ground: Ground, before: State): Promise<string[]> {
  let left: string[] = [];
  await until(async () => {
    left = await ground.state().then(
      (after) => changes(acrossRestarts(before), acrossRestarts(after)),
      (error: Error) => [`the VM cannot be looked at: ${error.message}`],
    );
    return left.length === 0 || undefined;
  });
  return left;
}

/** Looks once a second. @returns whether it came to be in time */
async function until(look: () => Promise<true | undefined>): Promise<boolean> {
  return (await waitUntil(look, { timeout: RECOVERY, interval: 1000 })) === true;
}
