import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findCommand, run } from './command.mjs';
import { SetupFailure } from './failure.mjs';

/** @typedef {import('./requirements.mjs').Requirement} Requirement */

/** @param {Requirement} requirement */
export function isPresent({ command, file, succeeds }) {
  return (
    (command === undefined || findCommand(command) !== undefined) &&
    (file === undefined || existsSync(file)) &&
    (succeeds === undefined || endsWell(succeeds))
  );
}

/** @param {readonly string[]} command */
function endsWell([program = '', ...args]) {
  return (
    spawnSync(program, args, { input: 'int main(void) { return 0; }\n', stdio: ['pipe', 'ignore', 'ignore'] })
      .status === 0
  );
}

/** @param {readonly Requirement[]} missing */
export function describeMissing(missing) {
  const width = Math.max(...missing.map((row) => row.package.length));
  return missing.map((row) => `  ${row.package.padEnd(width)}  ${row.name}: ${row.why}`).join('\n');
}

/**
 * Installs packages with apt-get, as root or through sudo.
 * @param {readonly Requirement[]} missing
 * @throws {SetupFailure} when it cannot, with the command that a person can run
 */
export async function installMissing(missing) {
  const packages = [...new Set(missing.map((row) => row.package))];
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const byHand = `as root, run: apt-get update && ${install.join(' ')}`;
  if (findCommand('apt-get') === undefined) {
    throw new SetupFailure(
      'This machine has no apt-get.',
      `install what provides: ${packages.join(', ')} (named as in Debian)`,
    );
  }
  const prefix = becomeRoot(byHand);
  for (const command of [['apt-get', 'update'], install]) {
    const [program = '', ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
    process.stdout.write(`> ${[...prefix, ...command].join(' ')}\n`);
    const { code } = await run(program, args);
    // An update may fail for a source that has none of these packages: the installation decides.
    if (code !== 0 && command === install)
      throw new SetupFailure(`apt-get failed (exit code ${code}).`, byHand);
  }
  const still = missing.filter((row) => !isPresent(row));
  if (still.length === 0) return;
  throw new SetupFailure(
    `Still missing after installation:\n${describeMissing(still)}`,
    'look at the output of apt-get above',
  );
}

/**
 * @param {string} byHand
 * @returns {string[]}
 */
function becomeRoot(byHand) {
  if (process.getuid?.() === 0) return [];
  if (findCommand('sudo') === undefined) {
    throw new SetupFailure('Installing takes root, and there is no sudo here.', byHand);
  }
  // Without a terminal nobody can type a password: fail at once rather than wait.
  return process.stdin.isTTY ? ['sudo'] : ['sudo', '-n'];
}
