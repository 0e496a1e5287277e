import type { Command } from 'commander';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { formatHappening } from '../events/describe.ts';
import { followEvents, readEvents } from '../events/events.ts';
import { parseSince, startOf, timeOf } from '../events/since.ts';
import { KEPT_BOOTS, logOfBoot } from '../machine/rotate.ts';
import { bootNumber } from './logs.ts';
import { pathsOf, type Session } from './session.ts';

interface Options {
  follow?: boolean;
  service?: string;
  since?: string;
  json?: boolean;
  boot: string;
}

export function addEvents(program: Command, session: Session): Command {
  return program
    .command('events')
    .description('what happened to the VM, its phases and its services, without what they logged')
    .option('-f, --follow', 'go on as it happens')
    .option('--service <name>', 'only of this service')
    .option(
      '--since <time>',
      '30s, 10m, 2h: so long before the last one; @12.5: seconds since the kernel started',
    )
    .option('--boot <n>', `0: the last boot, -1: the one before it, to -${KEPT_BOOTS}`, '0')
    .option('--json', 'print them as JSON, one a line')
    .action(async (options: Options, command: Command) => {
      const path = logOfBoot(pathsOf(command).events, bootNumber(options.boot));
      const since = options.since === undefined ? undefined : parseSince(options.since);
      const there = await readEvents(path);
      const start = startOf(since, Math.max(0, ...there.slice(-1).map(timeOf)));
      const print = (event: Event) => {
        if (event.kind === 'log' || timeOf(event) < start) return;
        if (options.service !== undefined && serviceOf(event) !== options.service) return;
        process.stdout.write(`${options.json ? JSON.stringify(event) : formatHappening(event)}\n`);
      };
      if (!options.follow) return there.forEach(print);
      for await (const event of followEvents(path, { signal: session.signal })) print(event);
    });
}

/** The service that an event tells of. */
function serviceOf(event: Exclude<Event, { kind: 'log' }>): string | undefined {
  if (event.kind === 'service') return event.service.name;
  return event.kind === 'oom' && event.oom.of === 'service' ? event.oom.name : undefined;
}
