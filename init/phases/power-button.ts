import { constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import type { Phase } from '../phase.ts';
import { pressesPower } from '../power-button.ts';

const INPUT = '/sys/class/input';
/** Room for some events: they come as key down, key up and a mark after each. */
const BYTES = 24 * 16;

/** The ACPI power button, as the launcher presses it over QMP, asks for the same shutdown as the channel. */
export const powerButton: Phase = {
  name: 'power-button',
  needs: ['boot-modules'],
  onFailure: 'continue',
  run({ kernel, log, requestPower }) {
    const nodes = readdirSync(INPUT).filter((name) => name.startsWith('event') && isPowerButton(name));
    for (const node of nodes) {
      const descriptor = openSync(`/dev/input/${node}`, constants.O_RDONLY | constants.O_NONBLOCK);
      const buffer = Buffer.alloc(BYTES);
      kernel.watchReadable(descriptor, () => {
        const length = readSync(descriptor, buffer);
        if (!pressesPower(buffer.subarray(0, length))) return;
        log.write('info', 'init', 'the power button was pressed');
        requestPower('poweroff');
      });
    }
    return nodes.length === 0 ? 'this machine has none' : nodes.join(', ');
  },
};

function isPowerButton(node: string): boolean {
  return readFileSync(`${INPUT}/${node}/device/name`, 'utf8').trim() === 'Power Button';
}
