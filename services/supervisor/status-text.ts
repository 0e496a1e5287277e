import type { LogLevel } from './log.ts';
import type { ServiceStatus } from './state.ts';

/** A service's new state as a line of the log. @param now milliseconds of the clock that `after` was made with. */
export function describeChange(
  name: string,
  before: ServiceStatus | undefined,
  after: ServiceStatus,
  now: number,
): { level: LogLevel; text: string } {
  const because = after.reason === undefined ? '' : `: ${after.reason}`;
  const retry = after.deadline === undefined ? '' : `, next try in ${Math.ceil(after.deadline - now)} ms`;
  switch (after.state) {
    case 'waiting':
      return { level: 'info', text: `${name} waits to be started${because}` };
    case 'starting':
      return {
        level: 'info',
        text: `${name} starts${after.restarts > 0 ? `, restart ${after.restarts}` : ''}`,
      };
    case 'ready':
      return {
        level: 'info',
        text: `${name} is ready after ${Math.round(after.since - (before?.since ?? after.since))} ms`,
      };
    case 'stopping':
      return {
        level: after.next === 'back-off' || after.next === 'failed' ? 'warn' : 'info',
        text: `${name} stops${because}`,
      };
    case 'stopped':
      return { level: 'info', text: `${name} has stopped${because}` };
    case 'backing-off':
      return { level: 'warn', text: `${name} has ended${because}${retry}` };
    case 'failed':
      return {
        level: 'error',
        text: `${name} has failed ${after.failures} times in a row${because}${retry}`,
      };
  }
}
