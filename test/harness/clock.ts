import { type ClockError, measureClock } from '../../host/clock/set-clock.ts';
import type { EngineClient } from '../../host/engine/client.ts';
import { deadline } from './deadline.ts';

/** The clock that containers see, as their engine tells it: milliseconds since 1970. @param timeout milliseconds */
export async function engineClock(engine: EngineClient, timeout?: number): Promise<number> {
  const { body } = await engine.request('GET', '/info', timeout === undefined ? {} : { timeout });
  const { SystemTime } = JSON.parse(body.toString('utf8')) as { SystemTime: string };
  return Date.parse(SystemTime);
}

/** How far it is from this machine's. */
export function engineClockError(engine: EngineClient): Promise<ClockError> {
  return measureClock(() => engineClock(engine, deadline(1)));
}

/** Milliseconds that a clock which is right may be off by. */
export const RIGHT = 100;
