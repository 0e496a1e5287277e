import { chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ORDERS_FILE } from '../../policy/runtime/orders.ts';
import { CONTAINERS_CGROUP } from '../../services/dockerd/configuration.ts';
import { LAUNCH } from '../../services/supervisor/executables.ts';
import {
  WARDEN_FOLDER,
  WARDEN_SOCKET,
  WARDEN_UID,
  wardenDefinition,
} from '../../services/warden/definition.ts';
import { STAGING } from '../../services/warden/messages.ts';
import { BootError } from '../failure.ts';
import { whenListening } from '../listening.ts';
import type { Phase } from '../phase.ts';

/** What the `runc` client expects to be there (services/runc/runc.h). */
const CLIENT_FOLDERS = [STAGING, '/run/bulkhead/containers'];
const READY_TIMEOUT_MS = 10 * 60 * 1000;

/** Starts the process that decides what containers may have. No container runs without it. */
export const warden: Phase = {
  name: 'warden',
  needs: ['manifest', 'control-groups', 'pseudo-file-systems'],
  onFailure: 'hold',
  async run({ executables, supervisor, clock }) {
    await executables.verify([LAUNCH], 1);
    mkdirSync(WARDEN_FOLDER, { mode: 0o700 });
    chownSync(WARDEN_FOLDER, WARDEN_UID, WARDEN_UID);
    mkdirSync(dirname(ORDERS_FILE), { recursive: true, mode: 0o755 }); // Node allows a folder only where it is one
    for (const folder of CLIENT_FOLDERS) mkdirSync(folder, { mode: 0o700 });
    mkdirSync(`/sys/fs/cgroup${CONTAINERS_CGROUP}`, { recursive: true });
    supervisor.start([wardenDefinition]);
    if (!(await whenListening(WARDEN_SOCKET, clock, READY_TIMEOUT_MS)))
      throw new BootError('warden-not-ready', 'the warden does not answer');
    return `answers on ${WARDEN_SOCKET}`;
  },
};
