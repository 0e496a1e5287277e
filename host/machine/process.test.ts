import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { identifyProcess, isAlive, signalProcess } from './process.ts';

it('identifyProcess() tells a process by pid and start time', () => {
  const self = identifyProcess(process.pid);
  expect(self).toMatchObject({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
  expect(self && isAlive(self)).toBe(true);
});

it('a recycled pid is not the process and is never signalled', () => {
  const other = { pid: process.pid, startTime: '1' };
  expect(isAlive(other)).toBe(false);
  expect(signalProcess(other, 'SIGKILL')).toBe(false);
});

it('a process whose name holds spaces and parentheses is read right', async () => {
  const child = spawn('bash', ['-c', 'echo -n ") R 1 (" > /proc/self/comm; echo; exec -a x sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const identity = identifyProcess(child.pid ?? 0);
  expect(identity && isAlive(identity)).toBe(true);
  expect(identity && signalProcess(identity, 'SIGKILL')).toBe(true);
  await once(child, 'exit');
  expect(identity && isAlive(identity)).toBe(false);
});

it('there is no process 0', () => {
  expect(identifyProcess(0)).toBeUndefined();
});
