import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { readEvents } from '../../host/events/events.ts';
import { chance } from '../harness/chance.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { initMemory, memoryOf } from './memory.ts';

const IMAGE = 'bulkhead/hello:latest';
/** Of killing: BULKHEAD_FAULT_MINUTES. */
const MINUTES = Number(process.env.BULKHEAD_FAULT_MINUTES ?? 5);
const SERVICES = ['channel', 'warden', 'authorizer', 'sockets', 'lxcfs', 'containerd', 'dockerd'];
/** Between two kills, at most; milliseconds. */
const PAUSE = 8000;
/** Containers that are being started side by side. */
const STARTERS = 3;
/** After the last kill; as a multiple of a boot. */
const RECOVERY = 2;
/** A range of its own, as docs/runtime.md has it: no process of a container is the VM's root. */
const CONFINED = /^ *0 +[1-9]\d{5,} +65536$/;

const vm = new OpenVm('faults', 'test');
const random = chance();
let engine: EngineClient;

beforeAll(async () => {
  await vm.open({ memory: 4096 });
  engine = await vm.engine();
  await engine.loadImage('dist/hello.tar');
});
afterAll(() => vm.dispose());

const status = () => askStatus(vm, deadline(2));

/** Starts one container after the other until it is told to stop; whether one can be started is not its matter. */
async function keepStarting(
  stopped: () => boolean,
  prefix: string,
  tally: { asked: number; refused: string[] },
) {
  for (let number = 0; !stopped(); number += 1) {
    tally.asked += 1;
    try {
      const Cmd = ['sh', '-c', 'cat /proc/self/uid_map; sleep 1'];
      const id = await engine.createContainer({ Image: IMAGE, Cmd }, `${prefix}-${number}`);
      await engine.startContainer(id);
    } catch (error) {
      tally.refused.push(error instanceof Error ? error.message : String(error));
      await sleep(500);
    }
  }
}

/** Of a service that is ready, by what the VM has told: the channel may be the one that is away. */
async function readyPid(name: string): Promise<number | undefined> {
  const events = await readEvents(vm.paths.events);
  const last = events.findLast((event) => event.kind === 'service' && event.service.name === name);
  return last?.kind === 'service' && last.service.state === 'ready' ? last.service.pid : undefined;
}

/** Kills one service after the other, each once it is ready again. @returns how often each was killed */
async function keepKilling(until: number): Promise<Map<string, number>> {
  const kills = new Map<string, number>();
  while (Date.now() < until) {
    const name = random.pick(SERVICES);
    const pid = await readyPid(name);
    if (pid !== undefined && (await vm.shell(`kill -9 ${pid}`)).status === 0)
      kills.set(name, (kills.get(name) ?? 0) + 1);
    await sleep(random.below(PAUSE));
  }
  return kills;
}

/** How often each service was said to have been killed. */
async function toldKills(): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  for (const event of await readEvents(vm.paths.events)) {
    if (event.kind !== 'log') continue;
    const name = /^(\S+) stops: signal SIGKILL$/.exec(event.entry.message)?.[1];
    if (name !== undefined) told.set(name, (told.get(name) ?? 0) + 1);
  }
  return told;
}

test(`services are killed for ${MINUTES} minutes while containers start: none runs unconfined, and the VM recovers`, async () => {
  const tally = { asked: 0, refused: [] as string[] };
  let stopped = false;
  const starters = Array.from({ length: STARTERS }, (_, each) =>
    keepStarting(() => stopped, `load-${each}`, tally),
  );
  const kills = await keepKilling(Date.now() + MINUTES * 60_000);
  stopped = true;
  const since = Date.now();
  await expect
    .poll(
      async () => (await status()).services.filter(({ state }) => state !== 'ready').map(({ name }) => name),
      {
        timeout: deadline(RECOVERY),
        interval: 500,
      },
    )
    .toEqual([]);
  const recovered = Date.now() - since;
  await Promise.all(starters);
  console.log(
    `killed ${JSON.stringify([...kills])}; ${tally.asked} containers asked for, ${tally.refused.length} refused;`,
    `all services ready ${(recovered / 1000).toFixed(1)} s after the last kill, a boot is ${(inject('bootTime') / 1000).toFixed(1)} s`,
  );
  expect(recovered).toBeLessThan(deadline(RECOVERY));
  expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(MINUTES * 4);

  const told = await toldKills();
  for (const [name, count] of kills) expect(told.get(name) ?? 0, name).toBeGreaterThanOrEqual(count);

  // Every container that ever ran has said how it sees its users.
  const all = (await engine.listContainers({ all: true })).filter(({ Names }) =>
    Names[0]?.startsWith('/load-'),
  );
  const maps: string[] = [];
  for (const { Id } of all) {
    const { stdout } = await engine.logs(Id);
    if (stdout !== '') maps.push(stdout.trimEnd());
  }
  console.log(`${all.length} containers made, ${maps.length} of them ran`);
  expect(maps.length).toBeGreaterThan(MINUTES * 2);
  expect(maps.filter((map) => !CONFINED.test(map))).toEqual([]);

  for (const { Id } of all) await engine.removeContainer(Id, { force: true });
});

test('a container that is not confined would be seen: this is what the VM itself says', async () => {
  const { output } = await vm.shell('cat /proc/self/uid_map');
  expect(output.trimEnd()).not.toMatch(CONFINED);
});

test('after all of that PID 1 has no zombies, and the memory that it may have', async () => {
  await vm.shell('for i in $(seq 1000); do (true & ) ; done');
  await expect
    .poll(async () => (await vm.shell('grep -l "^State:.Z" /proc/[0-9]*/status | wc -l')).output.trim(), {
      timeout: deadline(1),
      interval: 1000,
    })
    .toBe('0');
  const init = await initMemory(vm);
  const all = await memoryOf(vm);
  console.log(`PID 1: ${JSON.stringify(init)} MiB; PSS ${JSON.stringify(all)} MiB`);
  expect(init.anonymous).toBeLessThan(56);
  expect(init.resident).toBeLessThan(110);
  expect(all.together).toBeLessThan(260);
});
