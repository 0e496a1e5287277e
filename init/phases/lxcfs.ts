import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LXCFS_FOLDER, lxcfsDefinition } from '../../services/lxcfs/definition.ts';
import { BootError } from '../failure.ts';
import type { Phase } from '../phase.ts';

const READY_TIMEOUT_MS = 60 * 1000;
const POLL_MS = 50;

/** Without it containers see the VM's memory and processors instead of their own share: no reason to hold. */
export const lxcfs: Phase = {
  name: 'lxcfs',
  needs: ['expose', 'control-groups', 'engine-modules'],
  onFailure: 'continue',
  async run({ supervisor, clock }) {
    mkdirSync(LXCFS_FOLDER, { mode: 0o755 });
    supervisor.start([lxcfsDefinition]);
    const end = clock() + READY_TIMEOUT_MS;
    while (!existsSync(`${LXCFS_FOLDER}/proc/meminfo`)) {
      if (clock() > end) throw new BootError('lxcfs-not-ready', 'lxcfs does not show its files');
      await sleep(POLL_MS);
    }
    return `mounted on ${LXCFS_FOLDER}`;
  },
};
