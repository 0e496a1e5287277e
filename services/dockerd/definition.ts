import { limitsOf } from '../cgroup-limits.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';
import { CONTAINERS_CGROUP, DOCKERD_CONFIGURATION } from './configuration.ts';

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
    cgroup: limitsOf('dockerd'),
    // Stopping waits for containers: dockerd gives them the longest of their stop timeouts, and 5 s (moby,
    // daemon.ShutdownTimeout). Whoever cannot wait asks again: init/power-switch.ts.
    timeouts: { start: 600_000, stop: 120_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: true,
    // of a build that was under way: roots of steps, secrets, and processes, which no list shows (moby/buildkit, executor/)
    leavesBehind: {
      mounts: ['/var/lib/docker/buildkit/executor', '/var/lib/docker/tmp'],
      cgroup: `/sys/fs/cgroup${CONTAINERS_CGROUP}/buildkit`,
    },
  };
}
