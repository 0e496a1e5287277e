import type { TestProject } from 'vitest/node';
import { OpenVm } from './open-vm.ts';
import { type SharedVm, TestVm } from './vm.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Their folders; test/harness/share.ts wakes them. */
    sharedVms: Readonly<Record<SharedVm, string>>;
    /** Milliseconds that its boot took: deadlines are multiples of it, as machines differ. */
    bootTime: number;
  }
}

/** The calibration boot, and the control: two VMs for all files of this lane. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = new TestVm('shared');
  const stock = new OpenVm('stock', 'stock');
  const vms: TestVm[] = [];
  const dispose = async () => {
    for (const vm of vms) await vm.dispose();
  };
  try {
    vms.push(shared);
    const bootTime = await shared.start({ boot: 'uefi' });
    vms.push(stock);
    await stock.open();
    for (const vm of vms) {
      await (await vm.engine()).loadImage('dist/hello.tar');
    }
    await stock.sleep();
    console.log(`shared VM ready after ${(bootTime / 1000).toFixed(1)} s`);
    project.provide('sharedVms', { shared: shared.folder, stock: stock.folder });
    project.provide('bootTime', bootTime);
  } catch (error) {
    console.error(vms.at(-1)?.console());
    await dispose();
    throw error;
  }
  return dispose;
}
