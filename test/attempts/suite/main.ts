import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { flavourImage } from '../../../image/flavour-image.ts';
import { Random } from '../../fuzz/random.ts';
import { CACHE, ROOT } from '../../harness/vm.ts';
import type { Where } from '../attempt.ts';
import { changes } from '../oracle/compare.ts';
import { plantedScripts, unseen } from '../oracle/planted-changes.ts';
import { rows } from '../table.ts';
import { runInChaos } from './chaos.ts';
import { Ground } from './ground.ts';
import { chaosSummary, isClean, type Report, renderReport, summary } from './report.ts';
import { type Outcome, runRows } from './run.ts';
import { isFailure } from './verdict.ts';

interface Options {
  only?: string;
  json?: string;
  chaos: boolean;
  seed: number;
}

const program = new Command('npm run attempts --')
  .description(
    'Tries all ways out of test/attempts/ in the VM, and in one with plain runc, where they get through.',
  )
  .option('--only <ids>', 'these rows (1,47,CVE-2019-5736): docs/attempts.md stays as it is')
  .option('--json <file>', 'write what each row came to there as well')
  .option(
    '--chaos',
    'without the control, while services are killed at random and containers come and go',
    false,
  )
  .option('--seed <n>', 'of that randomness', Number, Date.now() % 2 ** 31);

/** MiB of memory: a crowd of containers takes some. */
const [UNCROWDED, CROWDED] = [2048, 4096];

const say = (line: string): void => console.log(line);

/** One VM from its boot to its end. */
async function runIn<T>(
  where: Where,
  run: (ground: Ground) => Promise<T>,
  options: { chaos?: boolean } = {},
): Promise<T> {
  const vm = Ground.boot(where);
  try {
    await vm.open({ memory: options.chaos ? CROWDED : UNCROWDED });
    return await run(await Ground.open(where, vm, options));
  } catch (error) {
    console.error(vm.console().slice(-4000));
    throw error;
  } finally {
    await vm.dispose();
  }
}

/** @returns sections of the oracle that see nothing of a change that is made on purpose */
async function blindSpots(ground: Ground): Promise<string[]> {
  const { make, undo } = plantedScripts(await ground.bystander());
  const before = await ground.state();
  await ground.shell(make);
  const after = await ground.state();
  await ground.shell(undo);
  return unseen(changes(before, after));
}

program.action(async ({ only, json, chaos, seed }: Options) => {
  const wanted = only?.split(',');
  const chosen = rows.filter(({ id }) => wanted === undefined || wanted.includes(id));
  if (chosen.length === 0) program.error(`no row is called ${only}`);
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  // one after the other: they are put together in the same place
  for (const flavour of chaos ? (['test'] as const) : (['test', 'stock'] as const))
    await flavourImage(flavour, { root: ROOT, cache: CACHE });
  if (chaos) {
    const outcome = await runIn('here', (ground) => runInChaos(chosen, ground, new Random(seed), say), {
      chaos,
    });
    const report = { ...reportOf(outcome, undefined), seconds: seconds(), seed, chaos: outcome.chaos };
    tell(report);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 1)}\n`);
    say(`${report.seconds} s; seed ${seed}; ${JSON.stringify(outcome.chaos)}`);
    say(chaosSummary(report, outcome.chaos));
    process.exitCode = isClean(report) ? 0 : 1;
    return;
  }
  const [here, stock] = await both(
    runIn('here', async (ground) => ({
      ...(await runRows(chosen, ground, say)),
      versions: await ground.versions(),
    })),
    runIn('stock', async (ground) => {
      const blind = wanted === undefined ? await blindSpots(ground) : [];
      return { ...(await runRows(chosen, ground, say)), blind };
    }),
  );
  const report = { ...reportOf(here, stock), seconds: seconds(), versions: here.versions };
  tell(report);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 1)}\n`);
  if (wanted === undefined) await writeFile(join(ROOT, 'docs/attempts.md'), renderReport(rows, report));
  say(`${report.seconds} s`);
  say(summary(report));
  process.exitCode = isClean(report) ? 0 : 1;
});

/** Side by side, and both to their end: no VM is left behind. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function reportOf(here: Omit<Outcome, 'took'>, stock: (Outcome & { blind: string[] }) | undefined): Report {
  return {
    format: 1,
    at: new Date().toISOString(),
    versions: {},
    seconds: 0,
    here: here.results,
    stock: stock?.results ?? [],
    findings: here.findings,
    blind: stock?.blind ?? [],
  };
}

/** What is not as it should be, in full. */
function tell({ here, stock, findings }: Report): void {
  for (const result of [...here, ...stock].filter(isFailure))
    say(`${result.where}: row ${result.id} ${result.verdict}\n  ${result.others.join('\n  ')}`);
  for (const { batch, rows: tried, change } of findings)
    say(`CHANGED ${batch} (one of rows ${tried.join(', ')}): ${change}`);
}

await program.parseAsync();
