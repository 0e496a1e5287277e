import type { Phase } from '../phase.ts';
import { summaryOf } from '../settings/derive.ts';

/** How long the launcher may take to say what it has to say of settings, milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Seals the settings of this boot, before the engine starts: those that the launcher brings, else the ones that were in
 * force, else the strictest defaults where signed ones are required (docs/settings.md).
 */
export const settings: Phase = {
  name: 'settings',
  needs: ['pseudo-file-systems', 'state-disk', 'channel'],
  onFailure: 'hold',
  async run({ settings, log }) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([settings.submitted, late]);
    clearTimeout(timer);
    for (const { level, message, hint } of settings.seal(new Date()))
      log.write(level, 'init', hint === undefined ? message : `${message} ${hint}`, { audit: 'settings' });
    const { policy } = settings;
    if (policy === undefined) throw new TypeError('settings that were sealed are not there');
    const { mode, organization, serial, locked, isolation } = summaryOf(policy);
    const whose = organization === undefined ? mode : `${organization}, serial ${serial}`;
    return `${whose}, ${locked} locked${isolation ? '' : ', ISOLATION IS OFF'}`;
  },
};
