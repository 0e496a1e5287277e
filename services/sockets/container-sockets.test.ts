import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askForSocket } from '../warden/socket-door.ts';
import { ContainerSockets } from './container-sockets.ts';
import { openDoor } from './door.ts';
import { socketOf } from './places.ts';

const ID = '0123456789abcdef'.repeat(4);
let folder: string;
let engine: Server;
let now = 0;
let sockets: ContainerSockets;
const cgroup = () => join(folder, 'cgroups', ID);

/** An engine that says who asks, and gives back what it hears once that has ended. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bhs-'));
  for (const name of ['cgroups', 'sockets']) mkdirSync(join(folder, name));
  engine = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.on('end', () => socket.end(heard.toUpperCase()));
  }).listen(join(folder, 'engine'));
  await once(engine, 'listening');
  now = 0;
  sockets = new ContainerSockets({
    folder: join(folder, 'sockets'),
    cgroups: join(folder, 'cgroups'),
    connectAs: () => () => connect({ path: join(folder, 'engine'), allowHalfOpen: true }),
    now: () => now,
  });
});
afterEach(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

const path = () => socketOf(ID, join(folder, 'sockets'));
const say = async (words: string): Promise<string> => {
  const socket = connect({ path: path(), allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.end(words);
  return text(socket);
};

test('bytes go through, and the end of what is sent is not the end of the answer', async () => {
  await sockets.open(ID);
  mkdirSync(cgroup());
  expect(statSync(path()).mode & 0o777).toBe(0o660);
  expect(await say('hello')).toBe('HELLO');
  expect(await say('x'.repeat(2_000_000))).toBe('X'.repeat(2_000_000));
});

test('it ends with the container, and connections with it', async () => {
  await sockets.open(ID);
  sockets.sweep();
  expect(sockets.size).toBe(1); // not begun yet
  mkdirSync(cgroup());
  sockets.sweep();
  const held = connect(path());
  await once(held, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 50));
  rmdirSync(cgroup());
  sockets.sweep();
  await once(held.on('error', () => undefined).resume(), 'close');
  expect(sockets.size).toBe(0);
  expect(existsSync(path())).toBe(false);
});

test('before a container runs, and once it has ended, nobody gets through', async () => {
  await sockets.open(ID);
  expect(await say('hello').catch(() => '')).toBe('');
});

test('a container that never begins does not keep its socket', async () => {
  await sockets.open(ID);
  now = 11 * 60_000;
  sockets.sweep();
  expect(sockets.size).toBe(0);
});

test('one of an earlier run of this program ends soon when its container has ended meanwhile', async () => {
  const earlier = createServer().listen(path());
  await once(earlier, 'listening');
  const { fd } = (earlier as unknown as { _handle: { fd: number } })._handle;
  const program = `
    import { ContainerSockets } from ${JSON.stringify(join(import.meta.dirname, 'container-sockets.ts'))};
    let now = 0;
    const [folder, cgroups] = ${JSON.stringify([join(folder, 'sockets'), join(folder, 'cgroups')])};
    const sockets = new ContainerSockets({ folder, cgroups, connectAs: () => () => undefined, now: () => now });
    await sockets.adopt('${ID}', 3);
    for (now of [50_000, 70_000]) {
      sockets.sweep();
      console.log(sockets.size);
    }`;
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { stdio: ['ignore', 'pipe', 'inherit', fd], encoding: 'utf8' },
  );
  expect({ stdout, status }).toEqual({ stdout: '1\n0\n', status: 0 });
  expect(existsSync(path())).toBe(false);
  earlier.close();
});

test('a second run of a container gets a new one', async () => {
  await sockets.open(ID);
  await sockets.open(ID);
  mkdirSync(cgroup());
  expect(await say('again')).toBe('AGAIN');
});

test('the warden asks at the door, and hears why not', async () => {
  const door = openDoor(
    join(folder, 'door'),
    (id) => sockets.open(id),
    () => undefined,
  );
  await once(door, 'listening');
  await askForSocket(join(folder, 'door'), ID);
  expect(existsSync(path())).toBe(true);
  await expect(askForSocket(join(folder, 'door'), 'abc')).rejects.toThrow('this is no id of a container');
  await expect(askForSocket(join(folder, 'door'), '../x')).rejects.toThrow('this is no question');
  await expect(askForSocket(join(folder, 'none'), ID, 0)).rejects.toThrow(
    'there is no socket of the engine for this container: connect ENOENT',
  );
  door.close();
});

test('the warden waits for a service that is being started again, and no longer than it may', async () => {
  const path = join(folder, 'door');
  const asked = askForSocket(path, ID);
  // one that goes away before it has answered, then one that stays
  const first = createServer((socket) => {
    socket.on('error', () => undefined).destroy();
    first.close();
  });
  first.listen(path);
  await once(first, 'close');
  const opened: string[] = [];
  const door = openDoor(
    path,
    async (id) => void opened.push(id),
    () => undefined,
  );
  await asked;
  expect(opened).toEqual([ID]);
  door.close();
  const begun = performance.now();
  await expect(askForSocket(path, ID, 500)).rejects.toThrow('connect ENOENT');
  expect(performance.now() - begun).toBeLessThan(5_000);
});
