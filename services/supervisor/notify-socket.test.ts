import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeKernel } from '../../init/kernel/fake.ts';
import type { Datagram } from '../../init/kernel/kernel.ts';
import { Cgroup } from './cgroup.ts';
import type { Notification } from './notification.ts';
import { type NotifySocket, openNotifySocket } from './notify-socket.ts';
import { FakeClock, MemoryLog } from './testing.ts';

const MEMBER = 42;
let folder: string;
let kernel: FakeKernel;
let clock: FakeClock;
let log: MemoryLog;
let heard: Notification[];
let socket: NotifySocket;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'));
  writeFileSync(join(folder, 'cgroup.procs'), `7\n${MEMBER}\n`);
  kernel = new FakeKernel();
  clock = new FakeClock();
  log = new MemoryLog();
  heard = [];
  const options = {
    service: 'a',
    directory: join(folder, 'notify'),
    cgroup: new Cgroup(folder),
    kernel,
    clock,
    log,
  };
  socket = openNotifySocket(options, (notification) => heard.push(notification));
});
afterEach(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

function deliver(text: string, change: Partial<Datagram> = {}): void {
  const sender = { pid: MEMBER, uid: 0, gid: 0 };
  kernel.deliver(socket.path, { data: Buffer.from(text), truncated: false, sender, ...change });
}

it('hears a member of the cgroup', () => {
  deliver('READY=1');
  expect(heard).toMatchObject([{ ready: true }]);
});

it.each<[string, Partial<Datagram>]>([
  ['a process that is not in the cgroup', { sender: { pid: 4, uid: 0, gid: 0 } }],
  ['a process of a pid namespace that cannot be seen', { sender: { pid: 0, uid: 0, gid: 0 } }],
  ['nobody', { sender: undefined }],
  ['a member that says too much', { truncated: true }],
])('refuses %s, and says so', (_, change) => {
  deliver('READY=1', change);
  expect(heard).toEqual([]);
  expect(log.entries).toMatchObject([
    { level: 'warn', source: 'a', message: expect.stringContaining('refused') },
  ]);
});

it('refuses everybody once the cgroup is gone', () => {
  rmSync(join(folder, 'cgroup.procs'));
  deliver('READY=1');
  expect(heard).toEqual([]);
});

it('listens to so much only', () => {
  for (let i = 0; i < 500; i += 1) deliver('STATUS=x');
  expect(heard).toHaveLength(50);
  clock.advance(1000);
  expect(log.entries).toMatchObject([{ message: '450 notifications dropped: too many at once' }]);
  deliver('READY=1');
  expect(heard.at(-1)).toMatchObject({ ready: true });
});

it('can be closed twice', () => {
  socket.close();
  socket.close();
  expect(heard).toEqual([]);
});
