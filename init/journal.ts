import { writeSync } from 'node:fs';
import pino from 'pino';
import type { LogEntry } from '../services/channel/protocol/methods.ts';
import type { Log, LogLevel } from '../services/supervisor/log.ts';
import type { Clock } from './clock.ts';
import type { EventPort } from './events.ts';
import { Ring } from './ring.ts';
import type { LogFiles } from './state/log-files.ts';

/** Bytes of log text kept in memory for `logs`. */
const RING_BYTES = 512 * 1024;
const SECRETS = ['fields.key', 'fields.password', 'fields.token', 'fields.authorization'];

/** What of the log a person sees on the console: our own from `info`, errors of services; all is in the log. */
export function onConsole({ level, source }: { level: LogLevel; source: string }): boolean {
  return level === 'error' || (source === 'init' && level !== 'debug');
}

/** `[   4.512] init: text` */
export function consoleLine(entry: Pick<LogEntry, 'at' | 'level' | 'source' | 'message'>): string {
  const mark = entry.level === 'warn' || entry.level === 'error' ? `${entry.level.toUpperCase()} ` : '';
  const text = entry.message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400);
  return `[${(entry.at / 1000).toFixed(3).padStart(8)}] ${entry.source}: ${mark}${text}\n`;
}

/**
 * The log of the VM: pino makes the lines, which go to a ring in memory, to the events port and, the important
 * ones, to the console. No transports, thus no threads; nothing waits for a reader.
 */
export class Journal implements Log {
  readonly #ring = new Ring(RING_BYTES);
  readonly #logger: pino.Logger;
  readonly #clock: Clock;
  readonly #events: EventPort;
  readonly #waiting = new Set<(source: string, message: string) => void>();
  #seq = 0;
  #files: LogFiles | undefined;

  constructor(clock: Clock, events: EventPort) {
    this.#clock = clock;
    this.#events = events;
    this.#logger = pino(
      {
        base: null,
        timestamp: false,
        level: 'debug',
        messageKey: 'message',
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: SECRETS, censor: '(kept back)' },
      },
      { write: (line) => this.#keep(line.trimEnd()) },
    );
  }

  get dropped(): number {
    return this.#ring.dropped;
  }

  write(level: LogLevel, source: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const at = this.#clock();
    if (onConsole({ level, source })) toConsole(consoleLine({ at, level, source, message }));
    // Not pino's `nestedKey`: `redact` does not look below it.
    this.#logger[level]({ seq: this.#seq, at, source, ...(fields && { fields }) }, message);
    this.#seq += 1;
    for (const waiting of this.#waiting) waiting(source, message);
  }

  /** @returns whether `source` writes a message that matches within `timeout` milliseconds. */
  whenLogged(source: string, matches: (message: string) => boolean, timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (from: string, message: string): void => {
        if (from === source && matches(message)) end(true);
      };
      const timer = setTimeout(() => end(false), timeout);
      const end = (seen: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(seen);
      };
      this.#waiting.add(look);
    });
  }

  /** Where else the log is kept from now on; what the ring holds goes there first. */
  keepIn(files: LogFiles | undefined): void {
    this.#files = undefined; // what goes wrong there is logged, and must not come back
    for (const line of files === undefined ? [] : this.#ring.after(-1)) files?.write(line);
    this.#files = files;
  }

  /** Entries after `seq`, oldest first, at most `limit`, of one source if asked. */
  read(after: number, limit: number, source?: string): LogEntry[] {
    const entries: LogEntry[] = [];
    for (const line of this.#ring.after(after)) {
      const entry = JSON.parse(line) as LogEntry;
      if (source !== undefined && entry.source !== source) continue;
      entries.push(entry);
      if (entries.length === limit) break;
    }
    return entries;
  }

  #keep(line: string): void {
    this.#ring.push(this.#seq, line);
    this.#events.sendLog(line);
    this.#files?.write(line);
  }
}

/** The console is evidence, not a duty: when it cannot be written to, the boot goes on. */
function toConsole(line: string): void {
  try {
    writeSync(1, line);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' && (error as NodeJS.ErrnoException).code !== 'EIO')
      throw error;
  }
}
