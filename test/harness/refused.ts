import { setTimeout as sleep } from 'node:timers/promises';
import { launchQemu } from '../../host/machine/launch.ts';
import { isAlive } from '../../host/machine/process.ts';
import { deadline } from './deadline.ts';
import { type GuestChanges, guestOptions } from './guest.ts';
import type { TestVm } from './vm.ts';

/**
 * Boots what must not come up, until the VM has ended itself, and once more when the emulator lost it before stage 0:
 * a console without a word of ours or of dm-verity's is no refusal.
 * @returns what the console says
 */
export async function bootRefused(vm: TestVm, changes: GuestChanges): Promise<string> {
  const words = /bulkhead: |device-mapper: |Access Denied/;
  await untilEnded(vm, changes);
  if (!words.test(vm.console())) {
    await vm.clear();
    await untilEnded(vm, changes);
  }
  const said = vm.console();
  await vm.clear(); // a kernel that stops is what was asked for: no alarm
  return said;
}

async function untilEnded(vm: TestVm, changes: GuestChanges): Promise<void> {
  const qemu = await launchQemu(await guestOptions(vm, changes));
  const end = Date.now() + deadline(1);
  // Firmware that has refused waits for somebody at its menu.
  const over = () => !isAlive(qemu) || (changes.firmware && vm.console().includes('Access Denied'));
  while (!over() && Date.now() < end) await sleep(250);
  if (isAlive(qemu) && vm.reachedInit()) throw new Error(`it booted:\n${vm.console()}`);
}
