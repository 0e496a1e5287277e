import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChannelClient } from '../../host/channel/client.ts';
import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { readEvents } from '../../host/events/events.ts';
import { runningRecord } from '../../host/machine/record.ts';
import { stopMachine } from '../../host/machine/stop.ts';
import type { Result } from '../../services/channel/protocol/methods.ts';
import { engineClockError, RIGHT } from '../harness/clock.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { engineAs, type IssuedClient, issueClient } from '../harness/issued-client.ts';
import { Releaser } from '../harness/release-image.ts';
import { ask as onChannel } from '../harness/settings.ts';
import { TestVm } from '../harness/vm.ts';

const Image = 'bulkhead/hello';
const HostConfig = { Binds: ['kept:/kept'] };
const vm = new TestVm('power-cut');
/** Two keys that sign images, one after the other, and one that nobody announced. */
const [first, second, stranger] = [new Releaser(), new Releaser(), new Releaser()];
const image = (name: string) => join(vm.folder, name);
let engine: EngineClient;
let timeout: number;
/** Of a container that is to be there whenever the VM is. */
let always: string;
let owners: string;
/** A client that the VM was told to refuse, and one like it. */
let clients: Record<'revoked' | 'other', IssuedClient>;

/** Runs a command in a container of its own, with the volume. @returns what it printed */
async function output(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runContainer(engine, {
    ...{ Image, HostConfig },
    Cmd: ['sh', '-c', command],
  });
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

async function inAlways(command: string): Promise<string> {
  return (await engine.execute(always, ['sh', '-c', command])).stdout.trim();
}

const knownKeys = () => JSON.parse(readFileSync(vm.paths.imageKeys, 'utf8'));
async function ask<M extends 'logs' | 'metrics'>(
  method: M,
  params: M extends 'logs' ? { boot: 'last'; limit: number } : Record<string, never>,
): Promise<Result<M>> {
  const channel = new ChannelClient(vm.paths.control);
  try {
    return await channel.call(method, params as never, { timeout: deadline(1) });
  } finally {
    channel.close();
  }
}

const listOwners = 'cd /; stat -c "%n %u:%g %a" own kept/own';

beforeAll(async () => {
  timeout = deadline(4);
  first.release(image('first'), second.publicKey);
  second.release(image('second'));
  stranger.release(image('stranger'));
  await vm.start({ timeout, diskSize: 4 * 2 ** 30, image: image('first') });
  engine = await vm.engine();
  await engine.loadImage('dist/hello.tar');
  always = await engine.createContainer({
    ...{ Image, Cmd: ['sleep', '100000'] },
    HostConfig: { ...HostConfig, RestartPolicy: { Name: 'always' } },
  });
  await engine.startContainer(always);
  await inAlways('touch /own /kept/own; chown 1000:1001 /own /kept/own; chmod 4750 /own; sync');
  owners = await inAlways(listOwners);
});
afterAll(() => vm.dispose());

/** With --restart always: it runs again, in a range of this boot, and its files are whose they were. */
async function expectAlwaysBack(): Promise<void> {
  expect(owners).toBe('own 1000:1001 4750\nkept/own 1000:1001 644');
  await expect
    .poll(async () => (await engine.inspectContainer(always)).State.Running, {
      timeout: deadline(1),
      interval: 500,
    })
    .toBe(true);
  expect(await inAlways(listOwners)).toBe(owners);
  expect(await inAlways('cat /proc/self/uid_map')).toMatch(/^0 +[1-9]\d{5,} +65536$/);
}

async function expectRevoked(): Promise<void> {
  const answers = await Promise.all(
    [clients.revoked, clients.other].map(async (client) =>
      (await engineAs(client, vm)).request('GET', '/images/json'),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([403, 200]);
  expect(String(answers[0]?.body)).toContain('the certificate of bob has been revoked');
}

describe('after kill -9 of QEMU', () => {
  beforeAll(async () => {
    clients = { revoked: await issueClient(vm, 'bob'), other: await issueClient(vm, 'bob') };
    await onChannel(vm, 'certificates.revoke', { fingerprints: [clients.revoked.fingerprint] });
    await expectRevoked();
    await output('echo precious > /kept/data && sync');
    const busy = await engine.createContainer({
      ...{ Image, HostConfig },
      Cmd: ['sh', '-c', 'while :; do dd if=/dev/zero of=/kept/noise bs=64k count=64; done'],
    });
    await engine.startContainer(busy);
    await vm.powerCut();
    expect(knownKeys()).toEqual({ signing: 'release', key: first.publicKey, next: second.publicKey });
    await expect(vm.start({ image: image('stranger') })).rejects.toMatchObject({ code: 'image-untrusted' });
    await expect(vm.start()).rejects.toMatchObject({ code: 'image-untrusted' }); // the development key's
    await vm.start({ timeout, diskSize: 6 * 2 ** 30, image: image('second') });
    engine = await vm.engine();
  });

  test('what was synced is there; the disk is repaired, and as large as now asked for', async () => {
    const phases = (await readEvents(vm.paths.events)).filter(
      (event) => event.kind === 'phase' && event.phase.name === 'data-disk',
    );
    expect(phases.at(-1)).toMatchObject({ phase: { state: 'done' } });
    expect(vm.console()).toContain('grown');
    // by the child of stage 0, while Node started (init/phases/modules.ts: by PID 1 otherwise)
    for (const group of ['boot', 'engine'])
      expect(vm.console()).toMatch(new RegExp(`${group}-modules: \\d+ loaded, [1-9]\\d* of them before`));
    expect(await output('cat /kept/data')).toBe('precious');
  });

  test('a certificate that was revoked stays so', expectRevoked);

  test('the VM tells how the last boot ended, and has kept its log', async () => {
    const { lastFailure, bootId } = await askStatus(vm, deadline(1));
    expect(lastFailure).toMatchObject({ bootsAgo: 1, failure: { code: 'ended-unexpectedly' } });
    expect(lastFailure?.bootId).not.toBe(bootId);
    const { entries } = await ask('logs', { boot: 'last', limit: 1000 });
    expect(entries.some(({ message }) => message.startsWith('ready after'))).toBe(true);
    expect(entries.some(({ source }) => source === 'dockerd')).toBe(true);
  });

  test('a container with --restart always is back', expectAlwaysBack);
});

describe('after a clean stop', () => {
  beforeAll(async () => {
    const polite = 'trap "echo goodbye > /kept/goodbye; sync; exit 0" TERM; while :; do sleep 1; done';
    const id = await engine.createContainer({ Image, HostConfig, Cmd: ['sh', '-c', polite] });
    await engine.startContainer(id);
    expect(await stopMachine({ name: vm.name, env: vm.env, timeout })).toEqual({ stopped: 'guest' });
    expect(vm.console()).toContain('power off');
    await expect(vm.start({ image: image('first') })).rejects.toMatchObject({ code: 'image-untrusted' });
    await vm.start({ timeout, image: image('second') });
    engine = await vm.engine();
  });

  test('the image key that the first one announced has taken its place, and that one is refused', () => {
    expect(knownKeys()).toEqual({ signing: 'release', key: second.publicKey });
  });

  test('containers had their time, and the disk is clean', async () => {
    expect(vm.console()).toContain('/dev/vdb on /var/lib, clean');
    expect(await output('cat /kept/goodbye')).toBe('goodbye');
  });

  test('the failure before that is still told, and the last boot has none', async () => {
    expect((await askStatus(vm, deadline(1))).lastFailure).toMatchObject({ bootsAgo: 2 });
    expect(vm.console()).toContain('records: the last boot ended well');
    const { entries } = await ask('logs', { boot: 'last', limit: 1000 });
    expect(entries.some(({ message }) => message === 'shutting down (poweroff)')).toBe(true);
  });

  test('a container with --restart always is back', expectAlwaysBack);
});

test('the VM measures itself', async () => {
  const { families } = await ask('metrics', {});
  const value = (name: string) => families.find((family) => family.name === name)?.samples ?? [];
  expect(value('bulkhead_service_ready').every((each) => each.value === 1)).toBe(true);
  expect(value('bulkhead_service_memory_bytes').map(({ labels }) => labels.service)).toContain('dockerd');
  expect(value('bulkhead_init_resident_bytes')[0]?.value).toBeGreaterThan(2 ** 20);
  expect(value('bulkhead_disk_free_bytes')).toHaveLength(2);
  console.log(
    `PID 1: ${['resident', 'anonymous']
      .map(
        (kind) =>
          `${kind} ${((value(`bulkhead_init_${kind}_bytes`)[0]?.value ?? 0) / 2 ** 20).toFixed(1)} MiB`,
      )
      .join(', ')}`,
  );
});

test('after a sleep the clock is right again, TLS works and the channel answers', async () => {
  const SLEEP = 12_000;
  const before = await engineClockError(engine);
  expect(Math.abs(before.error)).toBeLessThan(RIGHT + before.within); // the launcher has set it
  await onChannel(vm, 'clock.set', { by: 0 }); // a sleep right after the clock was set is one, too
  await vm.sleep();
  await sleep(SLEEP);
  await vm.askQemu('cont');
  await expect
    .poll(() => vm.console(), { timeout: deadline(1), interval: 200 })
    .toMatch(/the clock was wrong by (-?)1\d\.\d s, as after a sleep/);
  const after = await engineClockError(engine);
  console.log('clock before and after a sleep', before, after);
  expect(Math.abs(after.error)).toBeLessThan(RIGHT + after.within);
  expect(await askStatus(vm, deadline(1))).toMatchObject({ state: 'ready' });
});

test('the power button works; pressed again, it does not wait for a container that takes its time', async () => {
  const stubborn = await engine.createContainer({
    ...{ Image, StopTimeout: 1000 },
    Cmd: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'],
  });
  await engine.startContainer(stubborn);
  await vm.askQemu('system_powerdown');
  await expect
    .poll(() => vm.console(), { timeout: deadline(1), interval: 200 })
    .toContain('dockerd stops: shutting down');
  await sleep(5000);
  expect(await runningRecord(vm.paths)).toBeDefined();
  await vm.askQemu('system_powerdown');
  await expect.poll(() => runningRecord(vm.paths), { timeout: deadline(1), interval: 500 }).toBeUndefined();
  expect(vm.console()).toContain('the power button was pressed');
  expect(vm.console()).toContain('asked again');
  expect(vm.console()).toContain('power off');
});
