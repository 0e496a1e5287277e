import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { FakeKernel } from '../../init/kernel/fake.ts';
import { childrenOfThisProcess, Reaper } from './reaper.ts';
import { FakeClock } from './testing.ts';

const zombie = (pid: number) => ({ pid, code: 0, signalled: false });
let reaper: Reaper | undefined;
afterEach(() => reaper?.stop());

function start(children: () => Iterable<number> = () => []) {
  const kernel = new FakeKernel();
  const clock = new FakeClock();
  reaper = new Reaper(kernel, clock, children);
  reaper.start();
  return { kernel, clock, reaper };
}

it('reaps all orphans that have ended', () => {
  const { kernel, reaper: r } = start();
  kernel.zombies = [11, 12, 13].map(zombie);
  r.reap();
  expect(kernel.zombies).toEqual([]);
  expect(r.reaped).toBe(3);
});

it('never reaps a child of node:child_process, and finds the orphans behind it', async () => {
  const pids: number[] = [];
  const { kernel, reaper: r } = start(() => pids);
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  const own = child.pid ?? 0;
  kernel.zombies = [own, 21, 22].map(zombie);
  pids.push(own, 21, 22, 23);
  r.reap();
  expect(kernel.zombies).toEqual([zombie(own)]);
  expect(kernel.callsOf('reap').flat()).not.toContain(own);
  await once(child, 'exit');
});

it('takes the pid of a child that has exited as anybody’s', async () => {
  const { kernel, reaper: r } = start();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  kernel.zombies = [zombie(child.pid ?? 0)];
  r.reap();
  expect(kernel.zombies).toEqual([]);
});

it('leaves the error of a child that cannot be spawned to whoever spawned it', async () => {
  start();
  const child = spawn('/nonexistent');
  expect(child.listenerCount('error')).toBe(0);
  await once(child, 'error');
});

it('looks from time to time without a signal', () => {
  const { kernel, clock } = start();
  kernel.zombies = [zombie(31)];
  clock.advance(10_000);
  expect(kernel.zombies).toEqual([]);
});

it('lets other work run in between when very many have ended', async () => {
  const { kernel, reaper: r } = start();
  kernel.zombies = Array.from({ length: 1500 }, (_, i) => zombie(1000 + i));
  r.reap();
  expect(kernel.zombies.length).toBeGreaterThan(0);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(kernel.zombies).toEqual([]);
});

it('lists the children of all threads, also when one has ended since they were listed', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const threads = ['0', ...readdirSync('/proc/self/task')]; // no thread has 0
  expect([...childrenOfThisProcess(threads)]).toContain(child.pid);
  child.stdin.end();
  await once(child, 'exit');
});
