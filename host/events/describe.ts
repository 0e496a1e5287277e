import type { Event, LogEntry } from '../../services/channel/protocol/methods.ts';
import { printable } from '../machine/tail.ts';

/** What the guest is doing, for a progress line; undefined when the event tells nothing new. */
export function describeEvent(event: Event): string | undefined {
  switch (event.kind) {
    case 'boot':
      return 'booting: kernel is up';
    case 'phase':
      return event.phase.state === 'running' ? `booting: ${printable(event.phase.name)}` : undefined;
    case 'service':
      return describeService(event.service.name, event.service.state);
    case 'state':
      return event.state === 'degraded' ? 'waiting: a service is not ready' : undefined;
    case 'log':
    case 'oom':
      return undefined;
  }
}

function describeService(name: string, state: string): string | undefined {
  if (state === 'starting') return `starting: ${printable(name)}`;
  if (state === 'backing-off') return `waiting: ${printable(name)} ended and is started again`;
  return undefined;
}

/** One line: `  12.345 info  dockerd: message key=value`. Time in seconds since the kernel started. */
export function formatLogEntry({ at, level, source, message, fields }: LogEntry): string {
  const time = (at / 1000).toFixed(3).padStart(9);
  const rest = Object.entries(fields ?? {}).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return printable(`${time} ${level.padEnd(5)} ${source}: ${message}${rest.join('')}`);
}

/** One line of `bulkhead logs`; undefined for what log entries say as well. */
export function formatEvent(event: Event): string | undefined {
  switch (event.kind) {
    case 'log':
      return formatLogEntry(event.entry);
    case 'boot':
      return note(event.at, `boot ${event.bootId}, image ${event.version}`);
    case 'state':
      return note(event.at, `the VM is ${event.state}${event.failure ? `: ${event.failure.message}` : ''}`);
    case 'phase':
    case 'service':
    case 'oom':
      return undefined;
  }
}

/** One line of `bulkhead events`. */
export function formatHappening(event: Exclude<Event, { kind: 'log' }>): string {
  if (event.kind === 'phase') {
    const { name, state, duration, failure } = event.phase;
    const took = duration === undefined ? '' : ` after ${(duration / 1000).toFixed(2)} s`;
    return note(
      event.at,
      `phase ${name}: ${state}${took}${failure ? `: ${failure.message} (${failure.code})` : ''}`,
    );
  }
  if (event.kind === 'service') {
    const { name, state, pid, restarts, lastExit } = event.service;
    const facts = [
      ...(pid === undefined ? [] : [`pid ${pid}`]),
      ...(restarts === 0 ? [] : [`restarts ${restarts}`]),
      ...(lastExit === undefined ? [] : [`last ended with ${lastExit}`]),
    ];
    return note(event.at, `service ${name}: ${state}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`);
  }
  if (event.kind === 'oom') {
    const { of, name = 'that has gone', killed } = event.oom;
    const what = killed === 1 ? 'a process' : `${killed} processes`;
    return note(
      event.at,
      `${of} ${name.slice(0, of === 'container' && name.length === 64 ? 12 : undefined)}: ${what} killed for want of memory`,
    );
  }
  return formatEvent(event) ?? '';
}

function note(at: number, text: string): string {
  return printable(`${(at / 1000).toFixed(3).padStart(9)} ----- ${text}`);
}
