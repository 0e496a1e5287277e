import type { LogLevel } from './log.ts';

/** What a service's line says, as far as it can be told cheaply. */
export interface LogLine {
  level: LogLevel;
  message: string;
  fields?: Record<string, unknown>;
}

/** Names of logrus (containerd, dockerd) and numbers of pino (our own services). */
const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
  ['panic', 'error'],
  ['10', 'debug'],
  ['20', 'debug'],
  ['30', 'info'],
  ['40', 'warn'],
  ['50', 'error'],
  ['60', 'error'],
]);

/** key=value or key="value with \" escapes": https://brandur.org/logfmt, as logrus writes it. */
const PAIR = /([A-Za-z0-9_.@/-]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y;
const MOST_FIELDS = 32;
/** What our own entries carry anyway. */
const DROPPED = new Set(['time', 'level', 'msg', 'pid', 'hostname']);

/** Reads one line of a service: logrus' logfmt, pino's JSON, else the line itself at `fallback`. Never throws. */
export function parseLogLine(line: string, fallback: LogLevel): LogLine {
  const pairs = line.startsWith('{')
    ? jsonPairs(line)
    : line.startsWith('time=')
      ? logfmtPairs(line)
      : undefined;
  const message = pairs?.get('msg');
  if (pairs === undefined || typeof message !== 'string') return { level: fallback, message: line };
  const level = LEVELS.get(String(pairs.get('level'))) ?? fallback;
  const fields = Object.fromEntries([...pairs].filter(([key]) => !DROPPED.has(key)).slice(0, MOST_FIELDS));
  return Object.keys(fields).length === 0 ? { level, message } : { level, message, fields };
}

function logfmtPairs(line: string): Map<string, unknown> | undefined {
  const pairs = new Map<string, unknown>();
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < line.length) {
    const match = PAIR.exec(line);
    const [, key, value] = match ?? [];
    if (key === undefined || value === undefined) return undefined; // not logfmt after all, or cut
    pairs.set(key, value.startsWith('"') ? unquote(value) : value);
  }
  return pairs;
}

/** Go's %q is JSON's syntax except for rare escapes (\x, \a, \U), which stay as they are. */
function unquote(quoted: string): string {
  return parseJson(quoted, 'string') ?? quoted.slice(1, -1);
}

function jsonPairs(line: string): Map<string, unknown> | undefined {
  const object = parseJson(line, 'object');
  return object === undefined || object === null ? undefined : new Map(Object.entries(object));
}

function parseJson(text: string, type: 'string'): string | undefined;
function parseJson(text: string, type: 'object'): object | null | undefined;
function parseJson(text: string, type: 'string' | 'object'): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === type ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
