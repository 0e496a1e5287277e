import { existsSync, mkdirSync } from 'node:fs';
import { LXCFS_FOLDER, lxcfsDefinition } from '../../services/lxcfs/definition.ts';
import { BootError } from '../failure.ts';
import type { Phase } from '../phase.ts';
import { poll } from '../poll.ts';

const READY_TIMEOUT_MS = 60 * 1000;

/** Without it containers see the VM's memory and processors instead of their own share: no reason to hold. */
export const lxcfs: Phase = {
  name: 'lxcfs',
  needs: ['expose', 'control-groups', 'engine-modules'],
  onFailure: 'continue',
  async run({ supervisor, clock }) {
    mkdirSync(LXCFS_FOLDER, { mode: 0o755 });
    supervisor.start([lxcfsDefinition]);
    const shown = () => existsSync(`${LXCFS_FOLDER}/proc/meminfo`) || undefined;
    if ((await poll(shown, { clock, timeout: READY_TIMEOUT_MS })) === undefined)
      throw new BootError('lxcfs-not-ready', 'lxcfs does not show its files');
    return `mounted on ${LXCFS_FOLDER}`;
  },
};
