import { HostError, type HostErrorCode } from '../errors.ts';

/** What QEMU says on its standard error, and what it means. */
const MEANINGS: readonly { says: RegExp; code: HostErrorCode; message: string; hint?: string }[] = [
  {
    says: /Could not set up host forwarding rule/,
    code: 'port-taken',
    message: 'QEMU could not listen on its port',
  },
  {
    says: /Could not access KVM|failed to initialize kvm|KVM.*not supported/i,
    code: 'kvm-unavailable',
    message: 'QEMU could not use KVM',
  },
  {
    says: /invalid accelerator|accelerator.*not/i,
    code: 'kvm-unavailable',
    message: 'this QEMU lacks the accelerator',
  },
  {
    says: /No space left on device|Disk quota exceeded/i,
    code: 'disk-full',
    message: "the file system of the VM's disk is full",
  },
  {
    says: /Failed to get "?(write|shared .*)"? lock/i,
    code: 'disk-unusable',
    message: 'another QEMU uses the data disk',
    hint: 'end that QEMU: its pid is in `pgrep -a qemu`',
  },
  {
    says: /Cannot allocate memory|cannot set up guest memory/i,
    code: 'qemu-failed',
    message: 'this machine has not enough memory for the VM',
    hint: 'give it less with --memory, or end other programs',
  },
  {
    says: /-sandbox|seccomp/i,
    code: 'qemu-failed',
    message: 'this QEMU was built without its seccomp sandbox',
    hint: 'use the qemu-system-x86 package of Debian or Ubuntu',
  },
];

/** How a process ended, as node:child_process tells it; unknown when another process had started it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Why QEMU ended by itself, from the last lines of its standard error. */
export function explainQemuEnd(stderr: readonly string[], end?: ProcessEnd): HostError {
  const text = stderr.join('\n');
  const known = MEANINGS.find(({ says }) => says.test(text));
  const log = stderr.slice(-10);
  if (known)
    return new HostError(known.code, known.message, { log, ...(known.hint ? { hint: known.hint } : {}) });
  if (end?.signal === 'SIGKILL') {
    return new HostError('qemu-failed', 'QEMU was killed', {
      log,
      hint: 'if nobody did it, the machine ran out of memory: see `dmesg`, and give the VM less with --memory',
    });
  }
  const how = end === undefined ? '' : end.signal ? ` (${end.signal})` : ` (exit code ${end.code})`;
  return new HostError('qemu-failed', `QEMU ended${how}`, { log });
}
