import { mountDisk, type OwnDisk } from '../disk/mount.ts';
import type { Phase } from '../phase.ts';
import { STATE_FOLDER } from '../state/store.ts';

const disk: OwnDisk = {
  name: 'bulkhead-state',
  target: STATE_FOLDER,
  // Small: what its tables take counts for more than when they are written.
  format: [
    '-b',
    '1024',
    '-I',
    '256',
    '-J',
    'size=4',
    '-E',
    'lazy_itable_init=1,lazy_journal_init=1,nodiscard',
  ],
  codes: {
    missing: 'no-state-disk',
    foreign: 'foreign-state-disk',
    damaged: 'state-disk-damaged',
    failed: 'state-disk-failed',
  },
};

/** What the VM must remember of earlier boots; apart from the data disk, on which containers write. */
export const stateDisk: Phase = {
  name: 'state-disk',
  needs: ['manifest'],
  onFailure: 'hold',
  run: (machine) => mountDisk(machine, disk),
};
