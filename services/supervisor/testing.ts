import type { Clock } from './clock.ts';
import type { ServiceDefinition } from './definition.ts';
import type { Log, LogLevel } from './log.ts';

/** A definition with everything that a test does not care about. Only tests import this file. */
export function service(name: string, change: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name,
    executable: `/usr/bin/${name}`,
    args: [],
    env: {},
    requires: [],
    after: [],
    readiness: { kind: 'notify' },
    restart: 'always',
    uid: 0,
    gid: 0,
    capabilities: [],
    noNewPrivileges: true,
    oomScoreAdj: 0,
    limits: { openFiles: 1024 },
    timeouts: { start: 10_000, stop: 5_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: false,
    ...change,
  };
}

/** A clock that stands still until `advance`. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass, and timers go off in their order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}

/** A log that keeps everything. */
export class MemoryLog implements Log {
  readonly entries: {
    level: LogLevel;
    source: string;
    message: string;
    fields?: Readonly<Record<string, unknown>>;
  }[] = [];

  write(level: LogLevel, source: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.entries.push({ level, source, message, ...(fields && { fields }) });
  }
}
