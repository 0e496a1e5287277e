import type { LogEntry } from '../channel/protocol/methods.ts';

export type LogLevel = LogEntry['level'];

/** Where PID 1 and what it supervises write. Never throws and never blocks for long: it may drop, and counts. */
export interface Log {
  /** @param source `init`, or a service's name. */
  write(level: LogLevel, source: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
