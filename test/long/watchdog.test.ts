import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deadline } from '../harness/deadline.ts';
import { askStatus } from '../harness/guest.ts';
import { OpenVm } from '../harness/open-vm.ts';

/** init/phases/watchdog.ts, milliseconds; and what the emulator may be late by. */
const PATIENCE = 180_000;
const LATE = 60_000;

const vm = new OpenVm('watchdog', 'test');
const runState = async () => ((await vm.askQemu('query-status')) as { status: string }).status;

beforeAll(() => vm.open().then(() => undefined));
afterAll(() => vm.dispose());

test('the watchdog lets a VM be whose PID 1 lives, and ends one whose PID 1 stands still; the next boot tells', async () => {
  expect(vm.console()).toContain('watchdog: ends the VM when PID 1 gives no sign for 180 s');
  // The host sees which it was: QEMU stops with a run state of its own.
  await vm.askQemu('watchdog-set-action', { action: 'pause' });
  await sleep(PATIENCE + LATE);
  expect(await runState()).toBe('running');

  // Signals do not stop PID 1 (signal(7)); the freezer of its control group does.
  await vm.shell('echo 1 > /sys/fs/cgroup/init/cgroup.freeze');
  const frozen = Date.now();
  await expect.poll(runState, { timeout: PATIENCE + LATE + deadline(1), interval: 1000 }).toBe('watchdog');
  console.log(`the watchdog fired ${((Date.now() - frozen) / 1000).toFixed(0)} s after PID 1 was frozen`);
  await vm.powerCut();

  await vm.open();
  expect((await askStatus(vm, deadline(1))).lastFailure).toMatchObject({
    bootsAgo: 1,
    failure: { code: 'ended-unexpectedly', message: expect.stringContaining('watchdog') },
  });
});
