import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { HostError, hasSystemCode } from '../errors.ts';

export type Accelerator = 'tcg' | 'kvm';
export type AcceleratorChoice = 'auto' | Accelerator;

/** What of this machine decides whether KVM can be used. */
export interface Virtualisation {
  /** Whether /proc/cpuinfo lists vmx (Intel) or svm (AMD). */
  readonly cpuFlag: boolean;
  /** Why /dev/kvm cannot be opened for reading and writing; undefined when it can. */
  readonly deviceError: string | undefined;
}

export interface AcceleratorDecision {
  readonly accelerator: Accelerator;
  /** Why it is not KVM, for a person. */
  readonly reason?: string;
}

/**
 * `/dev/kvm` alone proves nothing: nested and paravirtual machines have it without the CPU's flag, and stock
 * kernels hang there (docs/architecture.md, section 6).
 * @throws {HostError} `kvm-unavailable` when KVM was demanded
 */
export function chooseAccelerator(choice: AcceleratorChoice, found: Virtualisation): AcceleratorDecision {
  const reason = whyNotKvm(found);
  if (choice === 'tcg') return { accelerator: 'tcg' };
  if (reason === undefined) return { accelerator: 'kvm' };
  if (choice === 'kvm') throw new HostError('kvm-unavailable', `KVM cannot be used: ${reason}`);
  return { accelerator: 'tcg', reason };
}

function whyNotKvm({ cpuFlag, deviceError }: Virtualisation): string | undefined {
  if (!cpuFlag) return 'the CPU shows neither vmx nor svm';
  return deviceError;
}

export function hasVirtualisationFlag(cpuinfo: string): boolean {
  return /^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo);
}

export async function findVirtualisation(): Promise<Virtualisation> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  return { cpuFlag: hasVirtualisationFlag(cpuinfo), deviceError: await tryDevice('/dev/kvm') };
}

async function tryDevice(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDWR);
    await file.close();
    return undefined;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return `there is no ${path}`;
    if (hasSystemCode(error, 'EACCES', 'EPERM')) return `you may not open ${path} (join the group kvm)`;
    return `${path} does not open: ${error instanceof Error ? error.message : String(error)}`;
  }
}
