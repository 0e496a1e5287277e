import { chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import {
  AUTHORIZER_FOLDER,
  AUTHORIZER_SOCKET,
  AUTHORIZER_UID,
  authorizerDefinition,
} from '../../services/authorizer/definition.ts';
import { LAUNCH } from '../../services/supervisor/executables.ts';
import { BootError } from '../failure.ts';
import { whenListening } from '../listening.ts';
import type { Phase } from '../phase.ts';

const READY_TIMEOUT_MS = 10 * 60 * 1000;

/** Starts the process that dockerd asks about each request. dockerd does nothing without it. */
export const authorizer: Phase = {
  name: 'authorizer',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems'],
  onFailure: 'hold',
  async run({ executables, supervisor, clock }) {
    await executables.verify([LAUNCH], 1);
    mkdirSync(AUTHORIZER_FOLDER, { mode: 0o700 });
    chownSync(AUTHORIZER_FOLDER, AUTHORIZER_UID, AUTHORIZER_UID);
    mkdirSync(dirname(ORDERS_FILE), { recursive: true, mode: 0o755 }); // as for the warden
    supervisor.start([authorizerDefinition]);
    if (!(await whenListening(AUTHORIZER_SOCKET, clock, READY_TIMEOUT_MS)))
      throw new BootError('authorizer-not-ready', 'the authorizer does not answer');
    return `answers on ${AUTHORIZER_SOCKET}`;
  },
};
