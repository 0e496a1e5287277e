import { dirname } from 'node:path';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import { limitsOf } from '../cgroup-limits.ts';
import { confinedNode } from '../confined-node.ts';
import { DOOR_FOLDER, DOOR_SOCKET } from '../sockets/places.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';

/** User and group of the warden, as in the image's /etc/passwd; services/runc/runc.h knows it too. */
export const WARDEN_UID = 991;
/** The warden's own folder. */
export const WARDEN_FOLDER = '/run/bulkhead/warden';
export const WARDEN_SOCKET = `${WARDEN_FOLDER}/runtime.sock`;
const BUNDLE = '/usr/lib/bulkhead/warden.mjs';

export const wardenDefinition: ServiceDefinition = {
  name: 'warden',
  executable: '/usr/bin/node',
  // The id maps of processes and its orders to read, its socket to make.
  args: confinedNode(BUNDLE, [WARDEN_SOCKET, ORDERS_FILE, DOOR_SOCKET], {
    read: ['/proc', WARDEN_FOLDER, DOOR_FOLDER, dirname(ORDERS_FILE)],
    write: [WARDEN_FOLDER],
  }),
  env: {},
  requires: [],
  after: [],
  readiness: { kind: 'started' },
  restart: 'always',
  uid: WARDEN_UID,
  gid: WARDEN_UID,
  capabilities: [],
  noNewPrivileges: true,
  executes: false,
  oomScoreAdj: -900,
  limits: { openFiles: 4096, processes: 32 },
  cgroup: limitsOf('warden'),
  timeouts: { start: 60_000, stop: 2_000 },
  stopSignal: 'SIGTERM',
  leftovers: 'kill',
  delegate: false,
};
