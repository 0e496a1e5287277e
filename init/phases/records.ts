import type { Phase } from '../phase.ts';

/** From here on the state disk keeps the log and how this boot goes; what was logged before is added. */
export const records: Phase = {
  name: 'records',
  needs: ['state-disk'],
  onFailure: 'continue',
  run: (machine) => machine.records.open(new Date()),
};
