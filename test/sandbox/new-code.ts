/**
 * A process with PID 1's kernel, on this machine: what it can make executable before
 * and after, whether Node still works, and what its children can.
 *
 *   new-code.ts LIBRARY   new-code.c, built
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openKernel } from '../../init/kernel/ffi.ts';
import { writableCode } from '../../init/kernel/own-code.ts';

const [library = ''] = process.argv.slice(2);

/** What can be written, then executed; both at once (new-code.c); and whether it has any that is both. */
function made(): { later: boolean; atOnce: boolean; had: boolean } {
  const had = writableCode(readFileSync('/proc/self/maps', 'utf8')).length > 0;
  process.env.NEW_CODE = '';
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    if (!process.env.NEW_CODE) throw error; // it was not loaded
  }
  const said = process.env.NEW_CODE;
  return { later: said.includes('later'), atOnce: said.includes('at once'), had };
}

/** Long enough for a compiler, if there were one. */
function sum(): number {
  let sum = 0;
  for (let i = 0; i < 1e6; i += 1) sum += i;
  return sum;
}

const kernel = openKernel();
const before = made();
kernel.refuseNewCode();
const after = made();
// Node itself: its own code, threads, cryptography, foreign functions
const thread = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true });
const [answer] = await once(thread, 'message');
kernel.trimMemory();
const works = {
  sum: sum(),
  thread: answer,
  sha256: createHash('sha256').update('x').digest('hex').slice(0, 8),
};
// one that compiles
const child = spawnSync(process.execPath, ['--always-sparkplug', '--print', '6 * 7'], { encoding: 'utf8' });
console.log(JSON.stringify({ before, after, works, child: child.stdout.trim() }));
