import type { TestProject } from 'vitest/node';
import { TestVm } from './vm.ts';

/** One boot, for deadlines only: the files of this lane have VMs of their own. */
export default async function setup(project: TestProject): Promise<void> {
  const vm = new TestVm('calibration');
  try {
    const bootTime = await vm.start();
    console.log(`a VM is ready after ${(bootTime / 1000).toFixed(1)} s`);
    project.provide('bootTime', bootTime);
  } finally {
    await vm.dispose();
  }
}
