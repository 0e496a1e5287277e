import { EVENTS_PORT } from '../../services/channel/protocol/methods.ts';
import { portNode } from '../events.ts';
import { BootError } from '../failure.ts';
import type { Phase } from '../phase.ts';

/** Opens the way for logs and events to the host; what was logged before is sent now. */
export const hostPorts: Phase = {
  name: 'host-ports',
  needs: [],
  onFailure: 'continue',
  run({ events }) {
    const node = portNode(EVENTS_PORT);
    if (node === undefined)
      throw new BootError('no-port', `there is no virtio-serial port named ${EVENTS_PORT}`);
    events.open(node);
    return `events go to ${node}`;
  },
};
