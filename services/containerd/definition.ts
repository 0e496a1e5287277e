import { limitsOf } from '../cgroup-limits.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';
import { CONTAINERD_CONFIGURATION } from './configuration.ts';

/** @param path PATH of verified executables only */
export function containerdDefinition(path: string): ServiceDefinition {
  return {
    name: 'containerd',
    executable: '/usr/bin/containerd',
    args: ['--config', CONTAINERD_CONFIGURATION],
    env: { PATH: path, TMPDIR: '/var/lib/containerd-tmp' },
    requires: [],
    after: [],
    readiness: { kind: 'notify' },
    restart: 'always',
    uid: 0,
    gid: 0,
    capabilities: 'all',
    noNewPrivileges: false,
    oomScoreAdj: -999,
    limits: { openFiles: 1_048_576 },
    cgroup: limitsOf('containerd'),
    timeouts: { start: 300_000, stop: 10_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'keep',
    delegate: true,
  };
}
