import { chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import {
  AUTHORIZER_FOLDER,
  AUTHORIZER_SOCKET,
  AUTHORIZER_UID,
  authorizerDefinition,
} from '../../services/authorizer/definition.ts';
import { startAnswering } from '../answering.ts';
import type { Phase } from '../phase.ts';

/** Starts the process that dockerd asks about each request. dockerd does nothing without it. */
export const authorizer: Phase = {
  name: 'authorizer',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems'],
  onFailure: 'hold',
  run: (machine) =>
    startAnswering(machine, {
      definition: authorizerDefinition,
      socket: AUTHORIZER_SOCKET,
      failure: { code: 'authorizer-not-ready', message: 'the authorizer does not answer' },
      prepare() {
        mkdirSync(AUTHORIZER_FOLDER, { mode: 0o700 });
        chownSync(AUTHORIZER_FOLDER, AUTHORIZER_UID, AUTHORIZER_UID);
        mkdirSync(dirname(ORDERS_FILE), { recursive: true, mode: 0o755 }); // as for the warden
      },
    }),
};
