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
  // Its bundle and the id maps to read, its socket to make, nothing else: Node's permission model.
  args: [
    '--permission',
    '--allow-net',
    `--allow-fs-read=${BUNDLE}`,
    '--allow-fs-read=/proc',
    `--allow-fs-read=${WARDEN_FOLDER}`,
    `--allow-fs-write=${WARDEN_FOLDER}`,
    '--no-warnings',
    '--disable-proto=throw',
    '--disallow-code-generation-from-strings',
    '--v8-pool-size=0',
    BUNDLE,
    WARDEN_SOCKET,
  ],
  env: {},
  requires: [],
  after: [],
  readiness: { kind: 'started' },
  restart: 'always',
  uid: WARDEN_UID,
  gid: WARDEN_UID,
  capabilities: [],
  noNewPrivileges: true,
  oomScoreAdj: -900,
  limits: { openFiles: 4096, processes: 32 },
  timeouts: { start: 60_000, stop: 2_000 },
  stopSignal: 'SIGTERM',
  leftovers: 'kill',
  delegate: false,
};
