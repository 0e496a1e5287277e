// npm test: the set-up of npm start without the VM, then all tests, ring by ring.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outsideEnvironment, outsideNode, run } from './command.mjs';
import { leaveWith } from './failure.mjs';
import { buildImage, prepareMachine, step } from './prepare.mjs';
import { exitCodeOf, formatTally, sumTallies, tallyReport } from './tally.mjs';

/**
 * From quick to slow, one after the other. The two lanes of the boot ring run side by side: one emulated VM seldom keeps two
 * processors busy.
 */
const RINGS = [['unit'], ['sandbox'], ['boot', 'boot-own']];

const { values } = parseArgs({ options: { 'no-install': { type: 'boolean', default: false } } });
await leaveWith(() => test(!values['no-install']));

/** @param {boolean} install */
async function test(install) {
  await prepareMachine(['build', 'modules', 'run', 'test'], { install });
  await buildImage();
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  try {
    const tallies = [await runStyle()];
    for (const lanes of RINGS) tallies.push(...(await runLanes(lanes, folder)));
    const all = sumTallies(tallies);
    // once more, at the end: what a long log is cut to still says why
    for (const failure of all.failures) process.stdout.write(`\nFAILED ${failure}\n`);
    process.stdout.write(`\n${formatTally(all)}\n`);
    return exitCodeOf(all);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Formatting, lint and types: one test as far as counting goes.
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
async function runStyle() {
  step('Style and types');
  for (const command of [
    ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
    ['node_modules/typescript/bin/tsc', '--noEmit'],
  ]) {
    const { code } = await run(outsideNode(), command, { env: outsideEnvironment() });
    if (code !== 0) return { passed: 0, failed: 1, skipped: 0, failures: [`style and types: ${command[0]}`] };
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

/**
 * The first lane is seen as it runs; what another says comes when it has ended.
 * @param {readonly string[]} lanes
 * @param {string} folder for this run alone
 */
async function runLanes([first = '', ...others], folder) {
  const quiet = others.map(async (lane) => ({ lane, ...(await runLane(lane, folder, true)) }));
  step(`Tests: ${first}`);
  /** @type {import('./tally.mjs').Tally[]} */
  const tallies = [await runLane(first, folder, false)];
  for (const ended of quiet) {
    const { lane, output, ...tally } = await ended;
    step(`Tests: ${lane}`);
    process.stdout.write(output);
    tallies.push(tally);
  }
  return tallies;
}

/**
 * @param {string} ring
 * @param {string} folder for this run alone
 * @param {boolean} capture
 */
async function runLane(ring, folder, capture) {
  const report = join(folder, `${ring}.json`);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', ring, '--passWithNoTests'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = testEnvironment(join(folder, ring));
  const { code, output } = await run(outsideNode(), [...vitest, ...reporters], { env, capture });
  const tally = readTally(report);
  // Vitest may fail for what no test stands for: an unhandled error, or a crash before the report.
  if (tally === undefined || (code !== 0 && tally.failed === 0)) {
    const why = `The ${ring} tests ended with exit code ${code}: counted as a failure.`;
    process.stderr.write(`${why}\n`);
    return { ...(tally ?? { passed: 0, skipped: 0 }), failed: 1, failures: [why], output };
  }
  return { ...tally, output };
}

/**
 * The VM that npm start made lies below the user's XDG folders; tests do not see those. The same variables as
 * `isolatedEnvironment` of host/machine/paths.ts.
 * @param {string} folder
 * @returns {NodeJS.ProcessEnv}
 */
function testEnvironment(folder) {
  return {
    ...outsideEnvironment(),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    DOCKER_CONFIG: join(folder, 'docker'),
  };
}

/** @param {string} report */
function readTally(report) {
  try {
    return tallyReport(JSON.parse(readFileSync(report, 'utf8')));
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return undefined;
    throw error;
  }
}
