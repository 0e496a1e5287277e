import { beforeAll, inject } from 'vitest';
import { deadline } from './deadline.ts';
import { type SharedVm, TestVm } from './vm.ts';

/**
 * For the top of a file: a VM that files of the boot ring share. The control sleeps until the first of them begins (an idle
 * one, emulated, takes a tenth of a processor from the others): test/harness/order.ts has those that share it run last.
 */
export function share(which: SharedVm): TestVm {
  const vm = new TestVm(which, inject('sharedVms')[which]);
  beforeAll(() => vm.wake(deadline(1)));
  return vm;
}
