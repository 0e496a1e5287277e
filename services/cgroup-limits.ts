import type { CgroupLimits } from './supervisor/definition.ts';

const MiB = 2 ** 20;

export interface LimitsRow extends CgroupLimits {
  reason: string;
}

/**
 * What each service may have, and what it keeps when memory is short. Our own have a hard limit, as they parse what
 * strangers say; none has `memory.high`: without swap nothing can be taken from them, and one that is slowed down keeps
 * dockerd waiting, while one that is killed is back in seconds. Node takes half of `memory.max` as the limit of its heap.
 */
export const cgroupLimits = {
  channel: {
    'memory.low': 16 * MiB,
    'memory.max': 192 * MiB,
    'pids.max': 32,
    reason: 'frames of 4 MiB from the host, as text, as JSON and rendered anew',
  },
  warden: {
    'memory.low': 24 * MiB,
    'memory.max': 192 * MiB,
    'pids.max': 32,
    reason: 'bundles of 4 MiB at most, some at once; no container starts while it is away',
  },
  authorizer: {
    'memory.low': 24 * MiB,
    'memory.max': 256 * MiB,
    'pids.max': 32,
    reason: 'dockerd hands it up to 1 MiB of each request, and clients send as many at once as they like',
  },
  sockets: {
    'memory.low': 16 * MiB,
    'memory.max': 256 * MiB,
    'pids.max': 32,
    reason: '64 KiB of buffer each way for thousands of connections',
  },
  lxcfs: {
    'memory.low': 4 * MiB,
    'memory.max': 128 * MiB,
    'pids.max': 256,
    reason: 'a thread for each reader, a buffer for each open file of containers',
  },
  dhcp: { 'memory.max': 64 * MiB, 'pids.max': 32, reason: 'it listens to the network' },
  containerd: {
    'memory.low': 48 * MiB,
    reason:
      'a limit would kill shims, and with them containers; a shim takes 10 MiB, as many as there are containers',
  },
  dockerd: {
    'memory.low': 64 * MiB,
    reason: 'unpacking images and building takes what it takes; what it reads again most is kept',
  },
} as const satisfies Readonly<Record<string, LimitsRow>>;

/** Of `name`, without the reason. */
export function limitsOf(name: keyof typeof cgroupLimits): CgroupLimits {
  const { reason: _, ...limits }: LimitsRow = cgroupLimits[name];
  return limits;
}

/** What all of them keep together: a group's protection counts only as far as its parent has one (cgroup-v2.rst). */
export const protectedMemory: number = Object.values<LimitsRow>(cgroupLimits).reduce(
  (sum, row) => sum + (row['memory.low'] ?? 0),
  0,
);
