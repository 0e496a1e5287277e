import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { median } from '../../bench/statistics.ts';
import { factsFor, plain, requestFor } from '../../services/warden/decision/fixtures.ts';
import type { Fact, Request } from '../../services/warden/messages.ts';
import { encodeMessage, MessageReader } from '../../services/warden/wire.ts';

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
  warden = spawn(process.execPath, [bundle, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (warden.stdout) await once(warden.stdout, 'data');
});
afterAll(() => {
  warden.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** As services/runc/ writes them. */
function requestMessage({ verb, id, stateRoot, bundle, document }: Request): Buffer {
  return encodeMessage(['request', verb, id, stateRoot, bundle, document]);
}
function factsMessage(facts: readonly Fact[]): Buffer {
  const strings = facts.map((fact) => {
    if (!fact.opened) return [String(fact.errno)];
    const { device, inode, mode, deviceNode, path, mountinfo } = fact;
    return ['0', device, inode, String(mode), deviceNode, path, mountinfo];
  });
  return encodeMessage([
    'facts',
    ...strings.flatMap((each) => [...each, ...Array<string>(11).fill('')].slice(0, 11)),
  ]);
}

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
  for (let round = 0; round < 5; round++) {
    const took: number[] = [];
    for (let run = 0; run < 100; run++) took.push(await converse());
    medians.push(median(took));
  }
  // others use this machine, too: the quietest round counts
  expect(Math.min(...medians), `medians of 100: ${medians}`).toBeLessThanOrEqual(LIMIT);
});
