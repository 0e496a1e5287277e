import { mountDisk, type OwnDisk } from '../disk/mount.ts';
import type { Phase } from '../phase.ts';

const disk: OwnDisk = {
  name: 'bulkhead-data',
  target: '/var/lib',
  format: ['-E', 'lazy_itable_init=1,lazy_journal_init=1'],
  codes: {
    missing: 'no-data-disk',
    foreign: 'foreign-data-disk',
    damaged: 'data-disk-damaged',
    failed: 'data-disk-failed',
  },
};

/** Images, containers and volumes. */
export const dataDisk: Phase = {
  name: 'data-disk',
  needs: ['manifest'],
  onFailure: 'hold',
  run: (machine) => mountDisk(machine, disk),
};
