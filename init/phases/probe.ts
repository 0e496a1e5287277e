import { constants, openSync } from 'node:fs';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { portNode } from '../events.ts';
import type { Phase } from '../phase.ts';

const PORT = 'org.bulkhead.test.0';
const SHELL = '/usr/libexec/bulkhead/busybox';

/**
 * A root shell on a port of its own: in the flavours for tests, never in the product. Whoever boots one without that
 * port has a VM as closed as any.
 */
export const probe: Phase = {
  name: 'probe',
  needs: ['verify', 'control-groups', 'host-ports'],
  onFailure: 'continue',
  run({ supervisor }) {
    const node = portNode(PORT);
    if (node === undefined) return `no port ${PORT}`;
    supervisor.start([definition(openSync(node, constants.O_RDWR | constants.O_NOCTTY))]);
    return `ROOT SHELL on ${PORT}`;
  },
};

function definition(port: number): ServiceDefinition {
  return {
    name: 'probe',
    executable: SHELL,
    // Between two hosts the port reads as ended, and a write waits for the next one: will_write_block() in
    // drivers/char/virtio_console.c. So the shell costs nothing while nobody asks.
    args: ['sh', '-c', `while :; do echo >&3 || ${SHELL} sleep 0.2; ${SHELL} sh <&3 >&3 2>&3; done`],
    env: { PATH: '/run/bulkhead/bin' },
    requires: [],
    after: [],
    readiness: { kind: 'started' },
    restart: 'always',
    uid: 0,
    gid: 0,
    capabilities: 'all',
    noNewPrivileges: false,
    oomScoreAdj: -500,
    limits: { openFiles: 1024 },
    descriptors: [port],
    timeouts: { start: 60_000, stop: 1_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: false,
  };
}
