import type { TestProject } from 'vitest/node';
import { TestVm } from './vm.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the VM that tests share which do not change it for others. */
    sharedVm: string;
    /** Milliseconds that its boot took: deadlines are multiples of it, as machines differ. */
    bootTime: number;
  }
}

/** The calibration boot: one VM for all files of the boot ring. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const vm = new TestVm('shared');
  try {
    const bootTime = await vm.start();
    await (await vm.engine()).loadImage('dist/hello.tar');
    console.log(`shared VM ready after ${(bootTime / 1000).toFixed(1)} s`);
    project.provide('sharedVm', vm.folder);
    project.provide('bootTime', bootTime);
  } catch (error) {
    console.error(vm.console());
    await vm.dispose();
    throw error;
  }
  return () => vm.dispose();
}
