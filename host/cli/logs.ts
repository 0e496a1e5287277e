import type { Command } from 'commander';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { HostError } from '../errors.ts';
import { formatEvent, formatLogEntry } from '../events/describe.ts';
import { followEvents, readEvents } from '../events/events.ts';
import { parseSince, startOf, timeOf } from '../events/since.ts';
import { KEPT_BOOTS, logOfBoot } from '../machine/rotate.ts';
import { askVm } from '../settings/ask.ts';
import { pathsOf, type Session } from './session.ts';

interface Options {
  follow?: boolean;
  service?: string;
  source?: string;
  since?: string;
  json?: boolean;
  kept?: boolean;
  boot: string;
}

export function addLogs(program: Command, session: Session): Command {
  return program
    .command('logs')
    .description("print the VM's log: PID 1 and its services")
    .option('-f, --follow', 'go on as it grows')
    .option('--service <name>', 'only of this service; init is PID 1')
    .option('--source <name>', 'the same')
    .option('--since <time>', '30s, 10m, 2h: so long before its end; @12.5: seconds since the kernel started')
    .option('--boot <n>', `0: the last boot, -1: the one before it, to -${KEPT_BOOTS}`, '0')
    .option('--kept', 'of the boot before, as the VM kept it on its state disk')
    .option('--json', 'print events as JSON, one a line')
    .action(async (options: Options, command: Command) => {
      const paths = pathsOf(command);
      const source = options.service ?? options.source;
      if (options.kept) {
        const params = { boot: 'last', limit: 1000, ...(source !== undefined && { source }) } as const;
        const { entries } = await askVm(paths, 'logs', params, session.signal);
        for (const entry of entries) line(options.json ? JSON.stringify(entry) : formatLogEntry(entry));
        return;
      }
      const path = logOfBoot(paths.events, bootNumber(options.boot));
      const since = options.since === undefined ? undefined : parseSince(options.since);
      const there = await readEvents(path);
      const start = startOf(since, Math.max(0, ...there.slice(-1).map(timeOf)));
      const print = (event: Event) => {
        if (source !== undefined && !(event.kind === 'log' && event.entry.source === source)) return;
        if (timeOf(event) < start) return;
        line(options.json ? JSON.stringify(event) : formatEvent(event));
      };
      if (!options.follow) return there.forEach(print);
      for await (const event of followEvents(path, { signal: session.signal })) print(event);
    });
}

function line(text: string | undefined): void {
  if (text !== undefined) process.stdout.write(`${text}\n`);
}

/** @throws {HostError} `bad-option` */
export function bootNumber(text: string): number {
  const boot = Number(text);
  if (/^-?\d+$/.test(text) && boot <= 0 && boot >= -KEPT_BOOTS) return boot === 0 ? 0 : boot;
  throw new HostError('bad-option', `--boot wants 0 to -${KEPT_BOOTS}, not ${JSON.stringify(text)}`, {
    hint: 'see `bulkhead logs --help`',
  });
}
