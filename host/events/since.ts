import type { Event } from '../../services/channel/protocol/methods.ts';
import { HostError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Which events are new enough. */
export type Since = { kind: 'ago'; milliseconds: number } | { kind: 'uptime'; milliseconds: number };

/** `10m`: so long before the last event. `@12.5`: seconds since the kernel started. @throws {HostError} `bad-option` */
export function parseSince(text: string): Since {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number !== undefined) return { kind: 'ago', milliseconds: Number(number) * (UNITS[unit] ?? 1) };
  const [, uptime] = /^@(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (uptime !== undefined) return { kind: 'uptime', milliseconds: Number(uptime) * 1000 };
  throw new HostError(
    'bad-option',
    `--since wants a time like 30s, 10m, 2h, or @12.5 (seconds since the kernel started), not ${JSON.stringify(text)}`,
    { hint: 'see `bulkhead logs --help`' },
  );
}

/** Milliseconds since the kernel started from which on events count. @param now of the last event */
export function startOf(since: Since | undefined, now: number): number {
  if (since === undefined) return 0;
  return since.kind === 'uptime' ? since.milliseconds : now - since.milliseconds;
}

/** When it happened, milliseconds since the kernel started. */
export function timeOf(event: Event): number {
  return event.kind === 'log' ? event.entry.at : event.at;
}
