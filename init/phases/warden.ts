import { chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import {
  WARDEN_FOLDER,
  WARDEN_SOCKET,
  WARDEN_UID,
  wardenDefinition,
} from '../../services/warden/definition.ts';
import { STAGING } from '../../services/warden/messages.ts';
import { startAnswering } from '../answering.ts';
import type { Phase } from '../phase.ts';

/** What the `runc` client expects to be there (services/runc/runc.h). */
const CLIENT_FOLDERS = [STAGING, '/run/bulkhead/containers'];

/** Starts the process that decides what containers may have. No container runs without it. */
export const warden: Phase = {
  name: 'warden',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems'],
  onFailure: 'hold',
  run: (machine) =>
    startAnswering(machine, {
      definition: wardenDefinition,
      socket: WARDEN_SOCKET,
      failure: { code: 'warden-not-ready', message: 'the warden does not answer' },
      prepare() {
        mkdirSync(WARDEN_FOLDER, { mode: 0o700 });
        chownSync(WARDEN_FOLDER, WARDEN_UID, WARDEN_UID);
        mkdirSync(dirname(ORDERS_FILE), { recursive: true, mode: 0o755 }); // Node allows a folder only where it is one
        for (const folder of CLIENT_FOLDERS) mkdirSync(folder, { mode: 0o700 });
      },
    }),
};
