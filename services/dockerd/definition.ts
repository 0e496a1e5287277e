import type { ServiceDefinition } from '../supervisor/definition.ts';
import { DOCKERD_CONFIGURATION, type EnginePaths } from './configuration.ts';

export function dockerdDefinition(paths: EnginePaths): ServiceDefinition {
  return {
    name: 'dockerd',
    executable: '/usr/sbin/dockerd',
    args: ['--config-file', DOCKERD_CONFIGURATION],
    env: {
      PATH: paths.programs,
      HOME: '/run/bulkhead',
      DOCKER_TMPDIR: '/var/lib/docker/tmp',
      // BuildKit looks for a `runc` by itself (moby, builder/builder-next/executor_linux.go).
      DOCKER_BUILDKIT_RUNC_COMMAND: paths.runtime,
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
