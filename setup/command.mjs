import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * PATH without what npm put before it. `node_modules/.bin/node` is the Node of the VM: `npm ci` deletes it while
 * it runs, and what runs on this machine runs on this machine's Node.
 * @param {string | undefined} path
 */
export function outsidePath(path) {
  const parts = (path ?? '').split(delimiter).filter((part) => !part.endsWith(join('node_modules', '.bin')));
  return parts.join(delimiter);
}

/** @returns {NodeJS.ProcessEnv} */
export function outsideEnvironment() {
  return { ...process.env, PATH: outsidePath(process.env.PATH) };
}

/**
 * @param {string} command
 * @param {string | undefined} [path]
 * @returns {string | undefined} where it is
 */
export function findCommand(command, path = outsideEnvironment().PATH) {
  for (const folder of (path ?? '').split(delimiter)) {
    const file = join(folder, command);
    if (folder !== '' && existsSync(file) && isExecutable(file)) return file;
  }
  return undefined;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') return false;
    throw error;
  }
}

/** This machine's Node; the running one when it is not in PATH. */
export function outsideNode() {
  return findCommand('node') ?? process.execPath;
}

/**
 * Runs a command on this terminal, in the checkout.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, capture?: boolean }} [options] `capture`: standard output is returned instead
 * @returns {Promise<{ code: number, output: string }>} 128 when a signal ended it
 */
export function run(command, args, { env = outsideEnvironment(), capture = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env,
      stdio: ['inherit', capture ? 'pipe' : 'inherit', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (piece) => {
      output += piece;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 128, output }));
  });
}
