import type { Command } from 'commander';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { HostError } from '../errors.ts';
import { formatEvent } from '../events/describe.ts';
import { followEvents, readEvents } from '../events/events.ts';
import { KEPT_BOOTS, logOfBoot } from '../machine/rotate.ts';
import { pathsOf, type Session } from './session.ts';

interface Options {
  follow?: boolean;
  source?: string;
  json?: boolean;
  boot: string;
}

export function addLogs(program: Command, session: Session): Command {
  return program
    .command('logs')
    .description("print the VM's log: PID 1 and its services")
    .option('-f, --follow', 'go on as it grows')
    .option('--source <name>', 'only of init or of this service')
    .option('--boot <n>', `0: the last boot, -1: the one before it, to -${KEPT_BOOTS}`, '0')
    .option('--json', 'print events as JSON, one a line')
    .action(async (options: Options, command: Command) => {
      const path = logOfBoot(pathsOf(command).events, bootNumber(options.boot));
      const print = (event: Event) => {
        if (options.source !== undefined && !(event.kind === 'log' && event.entry.source === options.source))
          return;
        const line = options.json ? JSON.stringify(event) : formatEvent(event);
        if (line !== undefined) process.stdout.write(`${line}\n`);
      };
      if (options.follow) {
        for await (const event of followEvents(path, { signal: session.signal })) print(event);
        return;
      }
      for (const event of await readEvents(path)) print(event);
    });
}

/** @throws {HostError} `bad-option` */
export function bootNumber(text: string): number {
  const boot = Number(text);
  if (/^-?\d+$/.test(text) && boot <= 0 && boot >= -KEPT_BOOTS) return boot === 0 ? 0 : boot;
  throw new HostError('bad-option', `--boot wants 0 to -${KEPT_BOOTS}, not ${JSON.stringify(text)}`, {
    hint: 'see `bulkhead logs --help`',
  });
}
