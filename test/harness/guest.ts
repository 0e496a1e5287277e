import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelClient } from '../../host/channel/client.ts';
import { waitForEvent } from '../../host/events/events.ts';
import { guestCommandLine, networkSetting } from '../../host/machine/arguments.ts';
import { makeDirectories } from '../../host/machine/directories.ts';
import { prepareDisk, prepareStateDisk } from '../../host/machine/disk.ts';
import { readImage } from '../../host/machine/image.ts';
import { launchQemu } from '../../host/machine/launch.ts';
import { choosePort } from '../../host/machine/port.ts';
import type { Status } from '../../services/channel/protocol/methods.ts';
import { deadline } from './deadline.ts';
import { IMAGE, type TestVm } from './vm.ts';

/** What a test changes of an ordinary boot. */
export interface GuestChanges {
  root?: string;
  initramfs?: string;
  /** instead of the manifest's */
  commandLine?: string;
  /** through firmware, with what of it is another than the image's */
  firmware?: { disk?: string; variables?: string; settings?: readonly string[] };
  /** instead of the whole `bulkhead.net=…` line that the launcher writes */
  settings?: readonly string[];
}

/** QEMU's arguments for a boot that the launcher itself would refuse or not offer. */
export async function guestOptions(vm: TestVm, changes: GuestChanges) {
  const { manifest, kernel, initramfs, root, ...image } = await readImage(IMAGE);
  await makeDirectories(vm.paths);
  const { dataDisk, stateDisk } = vm.paths;
  await prepareDisk(dataDisk, 4 * 2 ** 30);
  await prepareStateDisk(stateDisk);
  const signed = changes.commandLine ?? manifest.commandLine;
  const commandLine =
    changes.settings === undefined ? guestCommandLine(signed) : [signed, ...changes.settings].join(' ');
  return {
    name: vm.name,
    accelerator: 'tcg' as const,
    memory: 2048,
    cpus: 2,
    kernel,
    initramfs: changes.initramfs ?? initramfs,
    root: changes.root ?? root,
    dataDisk,
    stateDisk,
    commandLine,
    firmware: changes.firmware && {
      code: image.firmware,
      variables: changes.firmware.variables ?? image.firmwareVariables,
      disk: changes.firmware.disk ?? image.boot,
      settings: changes.firmware.settings ?? [networkSetting()],
    },
    port: await choosePort(undefined, undefined),
    paths: vm.paths,
    image: IMAGE,
  };
}

/** Starts a guest below the launcher: nothing is checked, nothing is certified. */
export function startGuest(vm: TestVm, changes: GuestChanges): Promise<void> {
  return reachInit(vm, async () => {
    await launchQemu(await guestOptions(vm, changes));
  });
}

/** Calls `start` until something of ours ran, and once more when the emulator lost it: see `TestVm.reachedInit`. */
export async function reachInit(vm: TestVm, start: () => Promise<void>): Promise<void> {
  await start();
  const end = Date.now() + deadline(1);
  while (!vm.reachedInit()) {
    if (Date.now() > end || vm.console().includes('Kernel panic')) {
      await vm.clear();
      return start();
    }
    await sleep(250);
  }
}

/** Waits until the guest has told of `state`, and asks for its status. */
export async function statusWhen(vm: TestVm, state: Status['state'], timeout: number): Promise<Status> {
  await waitForEvent(vm.paths.events, (event) => event.kind === 'state' && event.state === state, {
    timeout,
  });
  return askStatus(vm, timeout);
}

export async function askStatus(vm: TestVm, timeout: number): Promise<Status> {
  const channel = new ChannelClient(vm.paths.control);
  try {
    await channel.connect({ timeout });
    return await channel.call('status', {}, { timeout });
  } finally {
    channel.close();
  }
}
