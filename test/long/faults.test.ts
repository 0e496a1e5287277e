import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { EngineClient } from '../../host/engine/client.ts';
import { readEvents } from '../../host/events/events.ts';
import { chance } from '../harness/chance.ts';
import { CONFINED, comeAndGo } from '../harness/crowd.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { killServices } from '../harness/killer.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { initMemory, memoryOf } from './memory.ts';

const IMAGE = 'bulkhead/hello:latest';
/** Of killing: BULKHEAD_FAULT_MINUTES. */
const MINUTES = Number(process.env.BULKHEAD_FAULT_MINUTES ?? 5);
/** Between two kills; milliseconds. */
const PAUSE = { least: 0, more: 8000 };
/** Containers that there are at a time, and how many of them are started side by side. */
const CROWD = { most: 12, starters: 3 };
/** After the last kill; as a multiple of a boot. */
const RECOVERY = 2;

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
  const signal = AbortSignal.timeout(MINUTES * 60_000);
  const crowd = comeAndGo(engine, { image: IMAGE, ...CROWD, signal });
  const kills = await killServices(vm, { random, pause: PAUSE, signal });
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
  const { asked, refused, maps } = await crowd;
  console.log(
    `killed ${JSON.stringify([...kills])}; ${asked} containers asked for, ${refused.length} refused, ${maps.length} ran;`,
    `all services ready ${(recovered / 1000).toFixed(1)} s after the last kill, a boot is ${(inject('bootTime') / 1000).toFixed(1)} s`,
  );
  expect(recovered).toBeLessThan(deadline(RECOVERY));
  expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(MINUTES * 4);

  const told = await toldKills();
  for (const [name, count] of kills) expect(told.get(name) ?? 0, name).toBeGreaterThanOrEqual(count);

  // Every container that ever ran has said how it sees its users.
  expect(maps.length).toBeGreaterThan(MINUTES * 2);
  expect(maps.filter((map) => !CONFINED.test(map))).toEqual([]);
});

test('a container that is not confined would be seen: this is what the VM itself says', async () => {
  const { output } = await vm.shell('cat /proc/self/uid_map');
  expect(output.trimEnd()).not.toMatch(CONFINED);
});

test('after all of that PID 1 has no zombies, and the memory that it may have', async () => {
  await vm.shell('for i in $(seq 1000); do (true & ) ; done');
  await expect
    .poll(async () => (await vm.output('grep -l "^State:.Z" /proc/[0-9]*/status | wc -l')).trim(), {
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
