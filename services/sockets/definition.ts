import { dirname } from 'node:path';
import { HOST_AUTHORITY_FILE, INNER_KEY_FILE } from '../../policy/runtime/inner.ts';
import { limitsOf } from '../cgroup-limits.ts';
import { confinedNode } from '../confined-node.ts';
import { CONTAINERS_CGROUP, TLS_PORT } from '../dockerd/configuration.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';
import { DOOR_FOLDER, DOOR_SOCKET, SOCKETS_FOLDER } from './places.ts';

/** User and group of this service, as in the image's /etc/passwd. */
export const SOCKETS_UID = 993;
const BUNDLE = '/usr/lib/bulkhead/sockets.mjs';
const CGROUP = `/sys/fs/cgroup${CONTAINERS_CGROUP}`;

/** Gives containers that may ask the engine a socket each. It parses nothing of what goes through. */
export const socketsDefinition: ServiceDefinition = {
  name: 'sockets',
  executable: '/usr/bin/node',
  args: confinedNode(
    BUNDLE,
    [DOOR_SOCKET, SOCKETS_FOLDER, CGROUP, INNER_KEY_FILE, HOST_AUTHORITY_FILE, String(TLS_PORT)],
    {
      read: [DOOR_FOLDER, SOCKETS_FOLDER, CGROUP, INNER_KEY_FILE, dirname(HOST_AUTHORITY_FILE)],
      write: [DOOR_FOLDER, SOCKETS_FOLDER],
    },
  ),
  env: {},
  requires: [],
  after: [],
  readiness: { kind: 'started' },
  restart: 'always',
  uid: SOCKETS_UID,
  gid: SOCKETS_UID,
  capabilities: [],
  noNewPrivileges: true,
  executes: false,
  oomScoreAdj: -700,
  limits: { openFiles: 8192, processes: 32 },
  cgroup: limitsOf('sockets'),
  timeouts: { start: 60_000, stop: 2_000 },
  stopSignal: 'SIGTERM',
  leftovers: 'kill',
  delegate: false,
};
