/**
 * A process with PID 1's kernel, on this machine: what it can make executable before
 * and after, whether Node still works, and what its children can.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { dlopen } from 'node:ffi';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openKernel } from '../../init/kernel/ffi.ts';
import { writableCode } from '../../init/kernel/own-code.ts';

const { functions } = dlopen('libc.so.6', {
  mmap: { return: 'int64', arguments: ['uint64', 'uint64', 'int32', 'int32', 'int32', 'int64'] },
  mprotect: { return: 'int32', arguments: ['int64', 'uint64', 'int32'] },
});
const [READ, WRITE, EXECUTE, PRIVATE_ANONYMOUS] = [1, 2, 4, 0x22];
const PAGE = 4096n;
const map = (protection: number) => functions.mmap(0n, PAGE, protection, PRIVATE_ANONYMOUS, -1, 0n);

/** What can be written, then executed; both at once; what it had before it began with that. */
const made = (had = readFileSync('/proc/self/maps', 'utf8')) => ({
  later: functions.mprotect(map(READ | WRITE), PAGE, READ | EXECUTE) === 0,
  atOnce: map(READ | WRITE | EXECUTE) !== -1n,
  had: writableCode(had).length > 0,
});

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
