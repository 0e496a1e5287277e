import { constants, openSync } from 'node:fs';
import { channelDefinition } from '../../services/channel/definition.ts';
import { CONTROL_PORT } from '../../services/channel/protocol/methods.ts';
import { LAUNCH } from '../../services/supervisor/executables.ts';
import { portNode } from '../events.ts';
import { BootError } from '../failure.ts';
import type { Phase } from '../phase.ts';

/** Starts the process that the host talks to. */
export const channel: Phase = {
  name: 'channel',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems'],
  onFailure: 'hold',
  async run({ executables, supervisor, openChannelDoor }) {
    const node = portNode(CONTROL_PORT);
    if (node === undefined)
      throw new BootError('no-port', `there is no virtio-serial port named ${CONTROL_PORT}`);
    await executables.verify([LAUNCH], 1);
    await openChannelDoor();
    const port = openSync(node, constants.O_RDWR | constants.O_NOCTTY);
    supervisor.start([channelDefinition(port)]);
    return `requests come from ${node}`;
  },
};
