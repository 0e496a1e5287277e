import { type ClockError, clockError } from '../../host/clock/set-clock.ts';
import type { EngineClient } from '../../host/engine/client.ts';
import { deadline } from './deadline.ts';

/** Of so many answers the quickest counts. */
const ANSWERS = 8;

/** How far the clock that containers see is from this machine's, as its engine tells it. */
export async function engineClockError(engine: EngineClient): Promise<ClockError> {
  let best: ClockError = { error: Number.NaN, within: Number.POSITIVE_INFINITY };
  for (let turn = 0; turn < ANSWERS; turn += 1) {
    const asked = Date.now();
    const { body } = await engine.request('GET', '/info', { timeout: deadline(1) });
    const answered = Date.now();
    const { SystemTime } = JSON.parse(body.toString('utf8')) as { SystemTime: string };
    const found = clockError({ asked, guest: Date.parse(SystemTime), answered });
    if (found.within < best.within) best = found;
  }
  return best;
}

/** Milliseconds that a clock which is right may be off by. */
export const RIGHT = 100;
