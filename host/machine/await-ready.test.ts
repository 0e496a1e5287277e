import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeFrame } from '../../services/channel/protocol/frame.ts';
import type { Event } from '../../services/channel/protocol/methods.ts';
import type { Authority } from '../certificates/authority.ts';
import { FakeGuest, HELLO, STATUS } from '../channel/fake-guest.ts';
import { awaitReady } from './await-ready.ts';
import type { MachinePaths } from './paths.ts';
import { identifyProcess } from './process.ts';
import type { Progress } from './progress.ts';
import type { MachineRecord } from './record.ts';

let guest: FakeGuest;
const said: Progress[] = [];

beforeEach(async () => {
  guest = await new FakeGuest(({ method }) =>
    method === 'hello' ? HELLO : { ...STATUS, state: 'degraded' },
  ).listen();
  said.length = 0;
});
afterEach(() => guest.close());

/** With this process as the QEMU that runs. */
function wait(...events: Event[]): Promise<void> {
  const path = (name: string) => join(guest.folder, name);
  writeFileSync(path('events'), Buffer.concat(events.map(encodeFrame)));
  writeFileSync(path('console'), '');
  const paths = {
    control: guest.path,
    events: path('events'),
    console: path('console'),
    qemuLog: path('console'),
  };
  return awaitReady({
    paths: paths as MachinePaths,
    qemu: identifyProcess(process.pid) as MachineRecord,
    authority: {} as Authority, // not needed: the guest has its certificate
    timeout: 20_000,
    onProgress: (progress) => said.push(progress),
  });
}

const failure = { code: 'lxcfs-not-ready', message: 'lxcfs does not show its files', hint: 'look' };

it('a VM that is degraded is there: what is amiss is said, and not waited for', async () => {
  await wait({ kind: 'state', at: 1, state: 'degraded', failure });
  expect(said).toContainEqual({
    kind: 'warning',
    text: 'the VM is degraded: lxcfs does not show its files',
    hint: 'look',
  });
});

it('a VM that is held is not', async () => {
  await expect(wait({ kind: 'state', at: 1, state: 'held', failure })).rejects.toMatchObject({
    code: 'guest-held',
    hint: 'look',
  });
});
