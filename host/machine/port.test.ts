import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { choosePort } from './port.ts';

let server: Server;
let taken: number;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  taken = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

it('choosePort() refuses a taken port that was asked for', async () => {
  await expect(choosePort(taken, undefined)).rejects.toMatchObject({ code: 'port-taken' });
});

it('choosePort() keeps the last port while it is free', async () => {
  const free = await choosePort(undefined, undefined);
  expect(free).toBeGreaterThan(1023);
  expect(await choosePort(undefined, free)).toBe(free);
});

it('choosePort() finds another when the last one is taken meanwhile', async () => {
  expect(await choosePort(undefined, taken)).not.toBe(taken);
});
