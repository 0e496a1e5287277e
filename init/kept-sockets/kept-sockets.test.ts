import { once } from 'node:events';
import { fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeKernel } from '../kernel/fake.ts';
import { KeptSockets } from './kept-sockets.ts';

let folder: string;
let kernel: FakeKernel;
let kept: KeptSockets;
let listener: number | undefined;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bhk-'));
  kernel = new FakeKernel();
  listener = process.pid;
  kept = new KeptSockets({
    ...{ kernel, folder, named: /^[a-z]\.sock$/, listener: () => listener },
    onError: (error) => {
      throw error;
    },
  });
});
afterEach(() => {
  kept.close();
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

async function listen(path: string): Promise<Server> {
  const server = createServer().listen(path);
  servers.push(server);
  await once(server, 'listening');
  return server;
}
const names = () => kept.inherited.map(({ name }) => name);
const taken = () => kernel.callsOf('takeDescriptor');

test('what is listened on in the folder is taken, once', async () => {
  await listen(join(folder, 'a.sock'));
  await listen(`${folder}-elsewhere.sock`);
  await listen(join(folder, 'a:b.sock'));
  kept.look();
  kept.look();
  expect(names()).toEqual(['a.sock']);
  expect(taken()).toEqual([[process.pid, expect.any(Number)]]);
});

test('it outlives the process that listened, and is let go with its file', async () => {
  await listen(join(folder, 'a.sock'));
  kept.look();
  const [{ descriptor } = { descriptor: -1 }] = kept.inherited;
  listener = undefined;
  kept.look();
  expect(names()).toEqual(['a.sock']);
  expect(fstatSync(descriptor)).toBeDefined();
  rmSync(join(folder, 'a.sock'));
  kept.look();
  expect(names()).toEqual([]);
  expect(() => fstatSync(descriptor)).toThrow('EBADF');
});

test('another socket of the same name takes its place', async () => {
  const first = await listen(join(folder, 'a.sock'));
  kept.look();
  first.close();
  await listen(join(folder, 'a.sock'));
  kept.look();
  expect(names()).toEqual(['a.sock']);
  expect(taken()).toHaveLength(2);
});

test('it looks by itself when a socket appears or goes', async () => {
  kept.watch();
  const server = await listen(join(folder, 'a.sock'));
  await expect.poll(names).toEqual(['a.sock']);
  server.close();
  await expect.poll(names).toEqual([]);
});
