import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { median } from '../../bench/statistics.ts';
import { strictApiPolicy } from '../../policy/runtime/api.ts';
import type { Orders } from '../../policy/runtime/orders.ts';
import { strictRuntimePolicy } from '../../policy/runtime/policy.ts';
import { factsFor, plain, requestFor } from '../../services/warden/decision/fixtures.ts';
import { factsMessage, requestMessage } from '../../services/warden/fixtures-wire.ts';
import { MessageReader } from '../../services/warden/wire.ts';

/** Milliseconds: what the start of a container may wait for the warden. */
const LIMIT = 2;
const folder = mkdtempSync(join(tmpdir(), 'bhl-'));
const socketPath = join(folder, 'warden.sock');
let warden: ChildProcess;

beforeAll(async () => {
  const bundle = join(folder, 'warden.mjs');
  await build({
    entryPoints: ['services/warden/main.ts'],
    ...{ outfile: bundle, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' },
  });
  const ordersPath = join(folder, 'orders.json');
  const orders: Orders = { format: 1, runtime: strictRuntimePolicy, api: strictApiPolicy };
  writeFileSync(ordersPath, JSON.stringify(orders));
  warden = spawn(process.execPath, [bundle, socketPath, ordersPath, join(folder, 'no-door')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (warden.stdout) await once(warden.stdout, 'data');
});
afterAll(() => {
  warden.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** What a client says and hears for one `docker run`. @returns milliseconds from the request to the plan */
async function converse(): Promise<number> {
  const socket: Socket = connect(socketPath);
  await once(socket, 'connect');
  const heard: Buffer[][] = [];
  const reader = new MessageReader();
  const answer = async () => {
    while (heard.length === 0) heard.push(...reader.push((await once(socket, 'data'))[0] as Buffer));
    return heard.shift()?.[0]?.toString();
  };
  const request = requestFor(plain());
  const [asked, found] = [requestMessage(request), factsMessage(factsFor(request))];
  const begun = performance.now();
  socket.write(asked);
  expect(await answer()).toBe('open');
  socket.write(found);
  expect(await answer()).toBe('plan');
  const took = performance.now() - begun;
  socket.destroy();
  return took;
}

test('the warden decides in 2 ms, as seen by its client', async () => {
  const medians: number[] = [];
  // Others use this machine, too, and only ever add: the quietest round counts, and a loud machine gets more of them.
  for (let round = 0; round < 20 && !medians.some((each) => each <= LIMIT); round++) {
    const took: number[] = [];
    for (let run = 0; run < 100; run++) took.push(await converse());
    medians.push(median(took));
  }
  expect(Math.min(...medians), `medians of 100: ${medians}`).toBeLessThanOrEqual(LIMIT);
});
