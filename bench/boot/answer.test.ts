import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Authority, openAuthority } from '../../host/certificates/authority.ts';
import { makeServerCertificate } from '../debian/certificate.ts';
import type { ServerCertificate } from '../debian/recipe.ts';
import { firstAnswer } from './answer.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-bench-'));
let authority: Authority;
let server: ServerCertificate;

beforeAll(async () => {
  authority = await openAuthority(folder, { name: 'bench' });
  server = await makeServerCertificate(authority);
});
afterAll(() => rmSync(folder, { recursive: true }));

function endpoint(port: number) {
  return { port, ca: authority.certificate, cert: authority.client.certificate, key: authority.client.key };
}

/** An engine that wants a client certificate. @returns how often it was asked */
async function startEngine(port: number): Promise<() => number> {
  let asked = 0;
  const options = { ca: server.authority, cert: server.certificate, key: server.key, requestCert: true };
  const engine = createHttps({ ...options, rejectUnauthorized: true }, (_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ Version: '26.1.5', ApiVersion: '1.45' }));
  });
  onTestFinished(() => void engine.close());
  await new Promise<void>((resolve) => engine.listen(port, '127.0.0.1', resolve));
  return () => asked;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test('firstAnswer() waits for an engine that is not there yet, and asks it once', async () => {
  const port = await freePort();
  const answer = firstAnswer(endpoint(port), AbortSignal.timeout(10_000));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const asked = await startEngine(port);
  expect((await answer).version).toMatchObject({ Version: '26.1.5' });
  expect(asked()).toBe(1);
});

test('firstAnswer() gives up when it is told to', async () => {
  const port = await freePort();
  await expect(firstAnswer(endpoint(port), AbortSignal.timeout(300))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('firstAnswer() is not held up by a connection that leads nowhere', async () => {
  const held = createServer((socket) => socket.on('error', () => socket.destroy())); // accepts, and says nothing
  const port = await freePort();
  await new Promise<void>((resolve) => held.listen(port, '127.0.0.1', resolve));
  const answer = firstAnswer(endpoint(port), AbortSignal.timeout(10_000));
  await new Promise((resolve) => setTimeout(resolve, 300));
  held.close(); // what it accepted stays open
  await startEngine(port);
  expect((await answer).version.ApiVersion).toBe('1.45');
});
