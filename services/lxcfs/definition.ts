import { limitsOf } from '../cgroup-limits.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';

/** Where lxcfs is mounted; the warden binds single files of it into containers. */
export const LXCFS_FOLDER = '/run/bulkhead/lxcfs';

/**
 * lxcfs shows a container its own limits in /proc/cpuinfo, meminfo, stat and the like. When it ends, these files fail
 * in containers that run (a FUSE mount goes with its server); containers started later have them again.
 */
export const lxcfsDefinition: ServiceDefinition = {
  name: 'lxcfs',
  executable: '/usr/bin/lxcfs',
  args: ['--foreground', '--enable-cfs', '--pidfile=/run/bulkhead/lxcfs.pid', '-o', 'noexec', LXCFS_FOLDER],
  env: {},
  requires: [],
  after: [],
  readiness: { kind: 'started' },
  restart: 'always',
  uid: 0,
  gid: 0,
  // mount(2); processes of containers in /proc, their cgroups
  capabilities: [
    'SYS_ADMIN',
    'SYS_PTRACE',
    'DAC_READ_SEARCH',
    'DAC_OVERRIDE',
    'SYS_CHROOT',
    'SETUID',
    'SETGID',
    'KILL',
  ],
  noNewPrivileges: true,
  oomScoreAdj: -500,
  limits: { openFiles: 65_536 },
  cgroup: limitsOf('lxcfs'),
  timeouts: { start: 60_000, stop: 5_000 },
  stopSignal: 'SIGTERM',
  leftovers: 'kill',
  // a FUSE mount outlives its server, and fails in whoever touches it
  leavesBehind: { mounts: [LXCFS_FOLDER] },
  delegate: false,
};
