import { collectAll } from '../services/return-memory.ts';
import type { Kernel } from './kernel/kernel.ts';

/** After the boot, milliseconds: nobody waits for PID 1 by then. */
const FIRST = 10_000;
const EVERY = 15 * 60_000;

/** What a boot took of memory, and what came together since, goes back to the kernel: V8's part and the C library's. */
export function returnMemoryFromTimeToTime(kernel: Pick<Kernel, 'trimMemory'>): void {
  const giveBack = () => {
    collectAll();
    kernel.trimMemory();
  };
  setTimeout(giveBack, FIRST);
  setInterval(giveBack, EVERY);
}
