import type { Readable } from 'node:stream';
import type { Clock } from './clock.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Log, LogLevel } from './log.ts';
import { parseLogLine } from './log-line.ts';
import { RateLimit } from './rate-limit.ts';

/** Longest line kept, in bytes. */
const MAX_LINE_BYTES = 8 * 1024;
/** What a service may say: dockerd and containerd together write some 200 lines while they start. */
const LINES_PER_SECOND = 200;
const BURST = 1000;

/**
 * Writes what a service prints to the log. The pipes are always read to the end: a service never waits for its
 * log. What is too much is dropped, counted, and the count is logged.
 */
export function logOutput(
  service: string,
  streams: { stdout: Readable; stderr: Readable },
  log: Log,
  clock: Clock,
): void {
  const limit = new RateLimit({
    perSecond: LINES_PER_SECOND,
    burst: BURST,
    clock,
    onDropped: (dropped) =>
      log.write('warn', service, `${dropped} lines dropped: too many at once`, { dropped }),
  });
  const collect = (stream: Readable, fallback: LogLevel) => {
    const splitter = new LineSplitter(MAX_LINE_BYTES, (line, cut) => {
      if (!limit.allows()) return;
      const { level, message, fields } = parseLogLine(line, fallback);
      log.write(level, service, message, cut ? { ...fields, cut: true } : fields);
    });
    stream.on('data', (chunk: Buffer) => splitter.push(chunk));
    stream.on('end', () => {
      splitter.end();
      limit.flush();
    });
    stream.on('error', (error) => log.write('warn', service, `its output cannot be read: ${error.message}`));
  };
  collect(streams.stdout, 'info');
  collect(streams.stderr, 'warn');
}
