import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { HostError } from '../errors.ts';
import { readEvents } from '../events/events.ts';
import { KEPT_BOOTS, logOfBoot } from '../machine/rotate.ts';
import { renderChart } from '../timeline/chart.ts';
import { formatTimeline } from '../timeline/table.ts';
import { timelineOf } from '../timeline/timeline.ts';
import { bootNumber } from './logs.ts';
import { pathsOf, type Session } from './session.ts';

interface Options {
  boot: string;
  svg?: string;
  json?: boolean;
}

export function addTimeline(program: Command, _session: Session): Command {
  return program
    .command('timeline')
    .description('what a boot spent its time on: a table, and the chain that it waited for')
    .option('--boot <n>', `0: the last boot, -1: the one before it, to -${KEPT_BOOTS}`, '0')
    .option('--svg <file>', 'write a chart for a browser; - for standard output')
    .option('--json', 'print it as JSON')
    .action(async (options: Options, command: Command) => {
      const timeline = timelineOf(
        await readEvents(logOfBoot(pathsOf(command).events, bootNumber(options.boot))),
      );
      if (timeline === undefined) throw new HostError('not-running', 'there are no events of that boot');
      if (options.svg !== undefined) await write(options.svg, renderChart(timeline));
      if (options.svg === '-') return;
      process.stdout.write(
        options.json ? `${JSON.stringify(timeline, undefined, 2)}\n` : formatTimeline(timeline),
      );
    });
}

async function write(file: string, text: string): Promise<void> {
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new HostError('file-unusable', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
