import { clearEngineState } from '../disk/engine-state.ts';
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
  async run(machine) {
    const done = await mountDisk(machine, disk);
    const cleared = clearEngineState(disk.target);
    for (const what of cleared) machine.log.write('warn', 'init', `data-disk: ${what}`);
    return cleared.length === 0 ? done : `${done}, ${cleared.length} planted things removed`;
  },
};
