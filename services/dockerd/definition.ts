import type { ServiceDefinition } from '../supervisor/definition.ts';
import { DOCKERD_CONFIGURATION } from './configuration.ts';

export function dockerdDefinition(programs: string): ServiceDefinition {
  return {
    name: 'dockerd',
    executable: '/usr/sbin/dockerd',
    args: ['--config-file', DOCKERD_CONFIGURATION],
    env: {
      PATH: programs,
      HOME: '/run/bulkhead',
      DOCKER_TMPDIR: '/var/lib/docker/tmp',
      // BuildKit looks for a `runc` by itself (moby, builder/builder-next/executor_linux.go).
      DOCKER_BUILDKIT_RUNC_COMMAND: `${programs}/runc`,
    },
    requires: ['containerd'],
    after: [],
    readiness: { kind: 'notify' },
    restart: 'always',
    uid: 0,
    gid: 0,
    capabilities: 'all',
    noNewPrivileges: false,
    oomScoreAdj: -500,
    limits: { openFiles: 1_048_576 },
    // Stopping waits for containers: dockerd's shutdown-timeout and then some.
    timeouts: { start: 600_000, stop: 30_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: true,
  };
}
