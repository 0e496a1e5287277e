import { type ClockError, measureClock } from '../../host/clock/set-clock.ts';
import type { EngineClient } from '../../host/engine/client.ts';
import { deadline } from './deadline.ts';

/** How far the clock that containers see is from this machine's, as its engine tells it. */
export function engineClockError(engine: EngineClient): Promise<ClockError> {
  return measureClock(async () => {
    const { body } = await engine.request('GET', '/info', { timeout: deadline(1) });
    const { SystemTime } = JSON.parse(body.toString('utf8')) as { SystemTime: string };
    return Date.parse(SystemTime);
  });
}

/** Milliseconds that a clock which is right may be off by. */
export const RIGHT = 100;
