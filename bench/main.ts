import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { hardware } from './boot/hardware.ts';
import { renderComparison, reportOf } from './boot/report.ts';
import { runBootBenchmark } from './boot/run.ts';
import { LEAST_RATIO, renderLoad } from './load/result.ts';
import { runLoadBenchmark } from './load/run.ts';
import { runRuntimeBenchmark } from './runtime/run.ts';
import { MOST_SHARE, renderVerification } from './verification/result.ts';
import { runVerificationBenchmark } from './verification/run.ts';

const project = resolve(import.meta.dirname, '..');
const cache = resolve(process.env.BULKHEAD_CACHE ?? join(project, '.cache'));
const say = (line: string): void => console.log(line);

const program = new Command('npm run bench --').description(
  'Compares Bulkhead with its peers, on this machine.',
);

program
  .command('boot')
  .description(
    'boot to a ready engine: the image in dist/, a Debian VM with systemd, and the image with the least init; same kernel, same engine',
  )
  .option('--runs <n>', 'measured boots of each', positive, 3)
  .option('--dist <folder>', 'built image', join(project, 'dist'))
  .option('--json <file>', 'write numbers and circumstances there as well')
  .option('--rebuild', 'build the Debian VM again (takes root)', false)
  .action(async (options: { runs: number; dist: string; json?: string; rebuild: boolean }) => {
    const { runs, rebuild, json } = options;
    const { comparison, samples } = await runBootBenchmark({
      root: project,
      dist: resolve(options.dist),
      cache: join(cache, 'bench'),
      runs,
      rebuild,
      say,
    });
    console.log(`\n${renderComparison(comparison)}`);
    await writeReport(json, reportOf(comparison, samples, hardware, new Date()));
  });

program
  .command('runtime')
  .description("containers: Bulkhead's runtime and plain runc, in one VM")
  .option('--runs <n>', 'measurements of each', positive, 5)
  .option('--parallel <n>', 'containers to start at once; 0 for none', Number, 0)
  .option('--json <file>', 'write the numbers there as well')
  .action(async (options: { runs: number; parallel: number; json?: string }) => {
    const { runs, parallel, json } = options;
    const results = await runRuntimeBenchmark({
      ...{ root: project, cache, hardware },
      ...{ runs, parallel, say },
    });
    await writeReport(json, { ...circumstances('runtime'), results });
  });

program
  .command('verification')
  .description('what checking costs: boot with and without it, and cold reads through dm-verity')
  .option('--runs <n>', 'boots of each', positive, 3)
  .option('--json <file>', 'write the numbers there as well')
  .action(async ({ runs, json }: { runs: number; json?: string }) => {
    const result = await runVerificationBenchmark({ root: project, cache, hardware, runs, say });
    console.log(`\n${renderVerification(result)}`);
    if (result.share >= MOST_SHARE) process.exitCode = 1;
    await writeReport(json, { ...circumstances('verification'), result });
  });

program
  .command('load')
  .description('docker load of a large image, with the authorization plugin and without, in one engine')
  .option('--size <MiB>', 'of the image', megabytes, 1024)
  .option('--runs <n>', 'loads of each', positive, 3)
  .option('--json <file>', 'write the numbers there as well')
  .action(async ({ size, runs, json }: { size: number; runs: number; json?: string }) => {
    const result = await runLoadBenchmark({ root: project, cache, hardware, size, runs, say });
    console.log(`\n${renderLoad(result)}`);
    if (result.ratio < LEAST_RATIO) process.exitCode = 1;
    await writeReport(json, { ...circumstances('load'), result });
  });

const circumstances = (benchmark: string) => ({
  format: 1,
  benchmark,
  at: new Date().toISOString(),
  hardware,
});

/** @param file of `--json`; without one, nothing is written */
async function writeReport(file: string | undefined, report: object): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 1)}\n`);
}

function megabytes(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 4096) return Number(text);
  throw new InvalidArgumentError('a number from 1 to 4096');
}

function positive(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number from 1 to 99');
}

program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof Error && 'code' in error && 'hint' in error)) throw error;
  console.error(`bench: ${error.message} (${String(error.code)})\n${String(error.hint)}`);
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    console.error(`because: ${cause.message}${'hint' in cause ? `\n${String(cause.hint)}` : ''}`);
  }
  process.exitCode = 1;
});
