import { limitsOf } from '../cgroup-limits.ts';
import { confinedNode } from '../confined-node.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';

/** User and group of the channel, as in the image's /etc/passwd. */
export const CHANNEL_UID = 990;
export const CHANNEL_FOLDER = '/run/bulkhead/channel';
export const CHANNEL_SOCKET = `${CHANNEL_FOLDER}/init.sock`;
const BUNDLE = '/usr/lib/bulkhead/channel.mjs';

/** @param controlPort PID 1's open descriptor of the control port */
export function channelDefinition(controlPort: number): ServiceDefinition {
  return {
    name: 'channel',
    executable: '/usr/bin/node',
    args: confinedNode(BUNDLE, [CHANNEL_SOCKET]),
    env: {},
    requires: [],
    after: [],
    readiness: { kind: 'started' },
    restart: 'always',
    uid: CHANNEL_UID,
    gid: CHANNEL_UID,
    capabilities: [],
    noNewPrivileges: true,
    executes: false,
    oomScoreAdj: -500,
    limits: { openFiles: 64, processes: 32 },
    cgroup: limitsOf('channel'),
    descriptors: [controlPort],
    timeouts: { start: 60_000, stop: 2_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: false,
  };
}
