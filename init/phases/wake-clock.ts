import { existsSync, readFileSync } from 'node:fs';
import { ifThere } from '../../services/if-there.ts';
import type { Phase } from '../phase.ts';
import { ClockWatch } from '../wake/clock-watch.ts';

/** Documentation/ABI/testing/sysfs-class-rtc */
const RTC = '/sys/class/rtc/rtc0/since_epoch';
/** Its registers were not consistent for as long as Linux waits for that, or not a time: drivers/rtc/rtc-mc146818-lib.c, drivers/rtc/lib.c */
const notNow: readonly string[] = ['EIO', 'ETIMEDOUT', 'EINVAL'];

/** The host sets the clock in each boot; from here on it is right after a sleep, too. Last, and not waited for: nobody needs it sooner. */
export const wakeClock: Phase = {
  name: 'wake-clock',
  needs: ['listeners'],
  onFailure: 'continue',
  run({ kernel, log, wallClock }) {
    if (!existsSync(RTC)) return 'this machine has no clock of its own';
    const watch = new ClockWatch({
      readMachineClock,
      now: Date.now,
      setClock: (at) => kernel.setClock(at),
      onCorrected: (by) =>
        log.write('info', 'init', `the clock was wrong by ${(by / 1000).toFixed(1)} s, as after a sleep`, {
          by: Math.round(by),
        }),
    });
    wallClock.watch((by) => watch.changed(by));
    watch.begin().then(
      (bias) => log.write('debug', 'init', `the clock is ${Math.round(bias)} ms ahead of the machine's`),
      (error: Error) => log.write('warn', 'init', `the clock is not set after a sleep: ${error.message}`),
    );
    return 'the clock is set after a sleep';
  },
};

function readMachineClock(): number | undefined {
  const said = ifThere(() => readFileSync(RTC, 'utf8'), notNow);
  return said === undefined ? undefined : Number(said);
}
