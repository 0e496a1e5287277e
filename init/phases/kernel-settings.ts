import { writeFileSync } from 'node:fs';
import { BootError } from '../failure.ts';
import { RB_DISABLE_CAD } from '../kernel/constants.ts';
import type { Phase } from '../phase.ts';
import { sysctls } from '../sysctls.ts';

export const kernelSettings: Phase = {
  name: 'kernel-settings',
  needs: [],
  onFailure: 'hold',
  run({ kernel }) {
    for (const { path, value } of sysctls) {
      try {
        writeFileSync(`/proc/sys/${path}`, `${value}\n`); // with the newline, so that an empty one is written too
      } catch (cause) {
        throw new BootError('sysctl-failed', `${path.replaceAll('/', '.')} could not be set to ${value}`, {
          cause,
        });
      }
    }
    kernel.reboot(RB_DISABLE_CAD);
    kernel.refuseNewCode();
    kernel.setHostname('bulkhead');
    return `${sysctls.length} set`;
  },
};
