import { describeMissing, installMissing, isPresent } from './apt.mjs';
import { run } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { installModules, modulesAreInstalled } from './modules.mjs';
import { isAtLeast, LEAST_NODE, missingRequirements } from './requirements.mjs';

/**
 * Makes the machine fit for `purposes`: tools, npm packages.
 * @param {readonly import('./requirements.mjs').Purpose[]} purposes
 * @param {{ install: boolean, scripts?: boolean }} options `install: false` only checks; `scripts: false` for what needs
 * no npm package with native parts
 * @throws {SetupFailure}
 */
export async function prepareMachine(purposes, { install, scripts = true }) {
  checkNode();
  const missing = missingRequirements(purposes, isPresent);
  if (missing.length > 0) {
    process.stdout.write(`Missing on this machine:\n${describeMissing(missing)}\n`);
    if (install) await installMissing(missing);
  }
  const modules = modulesAreInstalled();
  if (!modules && install) {
    step('Installing npm packages');
    await installModules({ scripts });
  }
  if (install) return;
  if (!modules) process.stdout.write('Missing: npm packages (npm ci)\n');
  if (missing.length > 0 || !modules)
    throw new SetupFailure('Not all is there.', 'run it without --no-install');
}

/** @throws {SetupFailure} */
export async function buildImage() {
  step('Building the image (parts that did not change are kept)');
  const { code } = await run('./mkimage.sh', ['build']);
  if (code !== 0) throw new SetupFailure(`mkimage.sh failed (exit code ${code}).`, 'see what it says above');
}

/** @param {string} text */
export function step(text) {
  process.stdout.write(`\n== ${text}\n`);
}

function checkNode() {
  const { platform, arch, versions } = process;
  if (platform !== 'linux' || arch !== 'x64') {
    throw new SetupFailure(
      `Bulkhead runs on Linux on x86-64; this is ${platform} on ${arch}.`,
      'use such a machine',
    );
  }
  if (isAtLeast(versions.node, LEAST_NODE)) return;
  throw new SetupFailure(`Node ${versions.node} is too old.`, `install Node ${LEAST_NODE} or newer`);
}
