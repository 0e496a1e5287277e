import { readFileSync } from 'node:fs';
import { checked, libc } from './libc.ts';

/** include/uapi/linux/prctl.h */
const PR_SET_MDWE = 65;
const PR_MDWE_REFUSE_EXEC_GAIN = 1n;
/** Without it no container could compile at run time: they all descend from PID 1. */
const PR_MDWE_NO_INHERIT = 2n;
/** include/uapi/asm-generic/mman-common.h */
const PROT_READ = 1;
const PROT_EXEC = 4;

export interface Mapping {
  /** Addresses: the first, and the one behind the last. */
  start: bigint;
  end: bigint;
}

/** Pure. @param maps /proc/PID/maps (proc_pid_maps(5)) @returns what can be both written and executed */
export function writableCode(maps: string): Mapping[] {
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) .wx/gm)].map(([, start, end]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
  }));
}

/**
 * See `Kernel.refuseNewCode`. What libffi keeps writable is sealed first: a page for the callback of watch.ts, which is made
 * once, and never again nor let go. (Node takes it away when it exits, and would crash then: PID 1 does not exit.)
 */
export function refuseNewCode(): void {
  for (const { start, end } of writableCode(ownMaps()))
    checked(libc.mprotect(start, end - start, PROT_READ | PROT_EXEC), 'mprotect', `0x${start.toString(16)}`);
  const how = PR_MDWE_REFUSE_EXEC_GAIN | PR_MDWE_NO_INHERIT;
  checked(libc.prctl(PR_SET_MDWE, how, 0n, 0n, 0n), 'prctl', 'PR_SET_MDWE', how);
  if (writableCode(ownMaps()).length > 0) throw new Error('there is memory that can be written and executed');
}

function ownMaps(): string {
  return readFileSync('/proc/self/maps', 'utf8');
}
