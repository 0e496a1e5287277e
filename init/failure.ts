import type { Failure } from '../services/channel/protocol/methods.ts';

/**
 * All that can go wrong in a boot, on one page: code → what a person can do about it.
 * The message comes from where it happened; the consequence is the phase's failure policy.
 */
const hints = {
  'not-pid-1': 'This program is the init of a Bulkhead VM. Start a VM with `bulkhead up`.',
  'bad-command-line': 'Correct the kernel command line, or start the VM with `bulkhead up`, which writes it.',
  'mount-failed': 'Use kernel, initramfs and root image of one build.',
  'module-failed': 'Use kernel, initramfs and root image of one build.',
  'sysctl-failed': 'Use kernel and root image of one build.',
  'no-port': 'Give the VM a virtio-serial device with the ports that docs/architecture.md names.',
  'no-network':
    'Give the VM a virtio network card and a `bulkhead.net=` setting; docs/architecture.md has its form.',
  'firewall-failed': 'Look at the lines before this one. Use kernel and root image of one build.',
  'no-data-disk':
    'Attach a disk for data with serial=bulkhead-data; an empty one is formatted on first boot.',
  'foreign-data-disk': 'Nothing was changed on it. Attach an empty disk, or the one this VM used before.',
  'data-disk-damaged': 'Keep a copy of the disk, then repair it on another machine with `e2fsck -f`.',
  'data-disk-failed': 'Look at the lines before this one, and whether the host has room on its own disk.',
  'no-state-disk':
    'Attach a disk of 64 MiB with serial=bulkhead-state; an empty one is formatted on first boot.',
  'foreign-state-disk': 'Nothing was changed on it. Attach an empty disk, or the one this VM used before.',
  'state-disk-damaged':
    'Keep a copy of the disk, then attach an empty one: the VM has to be enrolled again, if it was.',
  'state-disk-failed': 'Look at the lines before this one, and whether the host has room on its own disk.',
  'older-image': 'Use a newer image: this one has flaws that are known. The engine was not started.',
  'manifest-invalid': 'The image is damaged or was changed: build or fetch it again.',
  'executable-changed':
    'The image is damaged or was changed: build or fetch it again. The engine was not started.',
  'tls-key-failed': 'Look at the lines before this one.',
  'insecure-configuration':
    'The engine may only listen on its private socket and with client certificates on 2376.',
  'insecure-listener':
    'Something listens without TLS. The engine was stopped; please report this as a security bug.',
  'warden-not-ready': 'See `bulkhead logs` for what the warden said. The engine was not started.',
  'sockets-not-ready': 'See `bulkhead logs` for what the sockets service said. The engine was not started.',
  'authorizer-not-ready': 'See `bulkhead logs` for what the authorizer said. The engine was not started.',
  'lxcfs-not-ready': 'Containers see the memory and processors of the VM. See `bulkhead logs`.',
  'engine-not-ready': 'See `bulkhead logs` for what containerd and dockerd said.',
  'no-certificate': 'Start the VM with `bulkhead up`: it certifies the key that the VM made.',
  'services-invalid': 'The image was built wrongly: please report this.',
  unexpected: 'Please report this with the output of `bulkhead logs`.',
} as const;

export type BootErrorCode = keyof typeof hints;

/** A step of the boot that could not be done. */
export class BootError extends Error {
  override readonly name = 'BootError';
  readonly code: BootErrorCode;

  constructor(code: BootErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get hint(): string {
    return hints[this.code];
  }
}

/** Any thrown value as what, why and what to do. */
export function describeFailure(error: unknown): Failure {
  const known = error instanceof BootError ? error : new BootError('unexpected', reasonOf(error));
  const cause = error instanceof BootError && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : '';
  return { code: known.code, message: `${known.message}${cause}`, hint: known.hint };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
