import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChannelClient } from '../../host/channel/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { engineClockError, RIGHT } from '../harness/clock.ts';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { IMAGE, TestVm } from '../harness/vm.ts';

/** Milliseconds. */
const SLEEP = 600_000;
/** What is soon after; PID 1 looks every five seconds. */
const SOON = 20_000;

const vm = new TestVm('sleep');

beforeAll(() => vm.start().then(() => undefined));
afterAll(() => vm.dispose());

test('ten minutes asleep: the clock is right soon after, TLS works, the channel answers and containers go on', async () => {
  const engine = await vm.engine();
  await engine.loadImage(`${IMAGE}/hello.tar`);
  const Image = 'bulkhead/hello';
  const id = await engine.createContainer({
    Image,
    Cmd: ['sh', '-c', 'while :; do date +%s; sleep 1; done'],
  });
  await engine.startContainer(id);
  const before = await engineClockError(engine);
  const channel = new ChannelClient(vm.paths.control);
  await channel.call('status', {}, { timeout: deadline(1) });

  await vm.sleep();
  await sleep(SLEEP);
  await vm.askQemu('cont');
  // as `bulkhead events` and other clients: those that were connected, and new ones
  expect(await channel.call('status', {}, { timeout: deadline(1) })).toMatchObject({ state: 'ready' });
  channel.close();
  const asleep = await engineClockError(engine);
  await sleep(SOON);
  const after = await engineClockError(engine);
  console.log('clock before a sleep, at its end, and soon after', before, asleep, after);

  expect(Math.abs(before.error)).toBeLessThan(RIGHT + before.within);
  expect(Math.abs(after.error)).toBeLessThan(RIGHT + after.within);
  expect(vm.console()).toMatch(/the clock was wrong by 60\d\.\d s, as after a sleep/);
  expect(await askStatus(vm, deadline(1))).toMatchObject({ state: 'ready' });
  expect((await runContainer(engine, { Image, Cmd: ['echo', 'awake'] })).stdout).toBe('awake\n');
  // its seconds: those before the sleep, those after it, none between
  const seconds = (await engine.logs(id)).stdout.trim().split('\n').map(Number);
  const gaps = seconds.map((second, index) => second - (seconds[index - 1] ?? second));
  expect(gaps.filter((gap) => gap > SLEEP / 2000)).toHaveLength(1);
  expect(seconds.at(-1)).toBeGreaterThan(Date.now() / 1000 - 60);
});
