import { builtIn } from '../built-in.ts';
import type { Phase } from '../phase.ts';
import { StateStore } from '../state/store.ts';
import { decideVersion, parseVersionRecord } from '../version/decide.ts';

/**
 * Refuses an image that is older than may run here: rightly signed once, with flaws that are known now. Whoever can
 * put the state disk back as it was can put the image back, too (docs/threat-model.md).
 */
export const version: Phase = {
  name: 'version',
  needs: ['state-disk'],
  onFailure: 'hold',
  run() {
    const store = new StateStore();
    const before = parseVersionRecord(store.read('version.json'));
    const { version, minimumVersion: minimum } = builtIn;
    const after = decideVersion(before, { version, minimum });
    if (JSON.stringify(after) !== JSON.stringify(before)) store.write('version.json', JSON.stringify(after));
    return version === after.highest
      ? version
      : `${version}, older than ${after.highest}, which has run here`;
  },
};
