/**
 * A process with PID 1's kernel, on this machine: what it can make executable before
 * and after, whether Node still works, and what its children can.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openKernel } from '../../init/kernel/ffi.ts';
import { libc } from '../../init/kernel/libc.ts';
import { writableCode } from '../../init/kernel/own-code.ts';

const PAGE = 4096n;
const [READ, WRITE, EXECUTE] = [1, 2, 4];
const ownMaps = () => readFileSync('/proc/self/maps', 'utf8');

/** Whether memory that was written can be executed, and whether some is both as it is. */
function made(): { gained: boolean; had: boolean } {
  const had = writableCode(ownMaps()).length > 0;
  const heap = BigInt(`0x${/^([0-9a-f]+)-.*\[heap\]$/m.exec(ownMaps())?.[1]}`);
  const gained = libc.mprotect(heap, PAGE, READ | WRITE | EXECUTE) === 0;
  if (gained) libc.mprotect(heap, PAGE, READ | WRITE);
  return { gained, had };
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
