import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './command.mjs';
import { SetupFailure } from './failure.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

const STAMP = join('node_modules', '.bulkhead-stamp');

/**
 * Whether what npm recorded in `node_modules` is what the lock asks for. Optional packages may be absent: they
 * are those of other platforms.
 * @param {Lock} lock package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 */
export function modulesMatch(lock, installed) {
  const wanted = Object.entries(lock.packages ?? {}).filter(([path]) => path !== '');
  const have = installed.packages ?? {};
  const fits = wanted.every(([path, { version, integrity, optional }]) => {
    const found = have[path];
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
  return fits && Object.keys(have).every((path) => lock.packages?.[path] !== undefined);
}

/** Whether `npm ci` has nothing to do. The stamp is the lock's hash: it is written when all went well. */
export function modulesAreInstalled(root = ROOT) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const stamp = join(root, STAMP);
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === hash(lock);
  const recorded = join(root, 'node_modules', '.package-lock.json'); // installed by hand
  return (
    existsSync(recorded) &&
    modulesMatch(JSON.parse(lock.toString('utf8')), JSON.parse(readFileSync(recorded, 'utf8')))
  );
}

/**
 * @param {{ scripts: boolean }} options without scripts, packages with native parts do not work: the next `npm start` installs
 * again
 * @throws {SetupFailure}
 */
export async function installModules({ scripts }, root = ROOT) {
  const options = ['--include=dev', '--no-audit', '--no-fund', ...(scripts ? [] : ['--ignore-scripts'])];
  const { code } = await run('npm', ['ci', ...options]);
  if (code !== 0)
    throw new SetupFailure(
      `npm ci failed (exit code ${code}).`,
      'look at its output above; then run this again',
    );
  if (scripts) writeFileSync(join(root, STAMP), hash(readFileSync(join(root, 'package-lock.json'))));
}

/** @param {Buffer} content */
function hash(content) {
  return createHash('sha256').update(content).digest('hex');
}
