import { dirname } from 'node:path';
import {
  AUTHORIZER_KEY_FILE,
  HOST_AUTHORITY_FILE,
  INNER_AUTHORITY_FILE,
} from '../../policy/runtime/inner.ts';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import { limitsOf } from '../cgroup-limits.ts';
import { confinedNode } from '../confined-node.ts';
import { TLS_PORT } from '../dockerd/configuration.ts';
import type { ServiceDefinition } from '../supervisor/definition.ts';

/** User and group of the authorizer, as in the image's /etc/passwd. */
export const AUTHORIZER_UID = 992;
/** The authorizer's own folder. */
export const AUTHORIZER_FOLDER = '/run/bulkhead/authorizer';
/** dockerd finds it by /usr/lib/docker/plugins/bulkhead.spec of the image. */
export const AUTHORIZER_SOCKET = `${AUTHORIZER_FOLDER}/plugin.sock`;
const BUNDLE = '/usr/lib/bulkhead/authorizer.mjs';

/**
 * A process of its own beside the warden: dockerd waits for its plugin without end, so that one that decides on containers
 * and hangs would take stop, kill and logs with it; and a client's JSON is parsed where no container is decided on.
 */
export const authorizerDefinition: ServiceDefinition = {
  name: 'authorizer',
  executable: '/usr/bin/node',
  args: confinedNode(
    BUNDLE,
    [
      ...[AUTHORIZER_SOCKET, ORDERS_FILE, INNER_AUTHORITY_FILE, HOST_AUTHORITY_FILE, AUTHORIZER_KEY_FILE],
      String(TLS_PORT),
    ],
    { read: [AUTHORIZER_FOLDER, dirname(ORDERS_FILE), AUTHORIZER_KEY_FILE], write: [AUTHORIZER_FOLDER] },
  ),
  env: {},
  requires: [],
  after: [],
  readiness: { kind: 'started' },
  restart: 'always',
  uid: AUTHORIZER_UID,
  gid: AUTHORIZER_UID,
  capabilities: [],
  noNewPrivileges: true,
  executes: false,
  oomScoreAdj: -900,
  limits: { openFiles: 4096, processes: 32 },
  cgroup: limitsOf('authorizer'),
  timeouts: { start: 60_000, stop: 2_000 },
  stopSignal: 'SIGTERM',
  leftovers: 'kill',
  delegate: false,
};
