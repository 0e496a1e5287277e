import { constants, existsSync, openSync, writeSync } from 'node:fs';
import type { Phase } from '../phase.ts';

/** Documentation/watchdog/watchdog-api.rst; an ID of its own, as nothing else here may open it. */
const NODE = '/dev/watchdog0';
/**
 * Seconds without a sign of PID 1 until the machine is to end. Long: a busy host with an emulated machine keeps it
 * waiting, sync(2) at shutdown does, and containers run on meanwhile.
 */
const PATIENCE = 180;
/** Milliseconds. */
const EVERY = 30_000;

/** Of the driver (Documentation/watchdog/watchdog-parameters.rst). `nowayout`: nobody turns it off, closing it neither. */
export const WATCHDOG_PARAMETERS = `heartbeat=${PATIENCE} nowayout=1`;

/** A PID 1 whose event loop stands still can report nothing, and stops nothing: the machine's own watchdog ends it. */
export const watchdog: Phase = {
  name: 'watchdog',
  needs: ['boot-modules'],
  onFailure: 'continue',
  run() {
    if (!existsSync(NODE)) return 'this machine has none';
    const descriptor = openSync(NODE, constants.O_WRONLY);
    setInterval(() => writeSync(descriptor, '\0'), EVERY);
    return `ends the VM when PID 1 gives no sign for ${PATIENCE} s`;
  },
};
