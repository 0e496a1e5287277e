import { printable } from '../machine/tail.ts';
import type { Bar, Timeline } from './timeline.ts';

/** The boot as a table and its critical chain, as a person reads it. Pure. */
export function formatTimeline(timeline: Timeline): string {
  const { bars, critical, readyAt, initAt, bootId, version } = timeline;
  const onChain = (bar: Bar) => bar.kind === 'phase' && critical.includes(bar.name);
  const width = Math.max(4, ...bars.map(({ name }) => name.length));
  const rows = bars.map((bar) =>
    [
      onChain(bar) ? '*' : ' ',
      bar.kind.padEnd(7),
      bar.name.padEnd(width),
      seconds(bar.start).padStart(8),
      seconds(bar.end - bar.start).padStart(8),
      bar.state === 'done' ? '' : bar.state,
    ]
      .join('  ')
      .trimEnd(),
  );
  const steps = critical.flatMap(
    (name) => bars.find((bar) => bar.kind === 'phase' && bar.name === name) ?? [],
  );
  const chain = steps.map((bar, index) => {
    const arrow = index === 0 ? '' : `${'  '.repeat(Math.min(index, 12) - 1)}└─`;
    return `  ${arrow}${bar.name} @${seconds(bar.start)}s +${seconds(bar.end - bar.start)}s`;
  });
  return `${[
    `boot ${bootId}, image ${version}: PID 1 after ${seconds(initAt)} s, ${
      readyAt === undefined ? 'not ready' : `ready after ${seconds(readyAt)} s`
    }`,
    '',
    `   ${'what'.padEnd(7)}  ${'name'.padEnd(width)}  ${'start s'.padStart(8)}  ${'took s'.padStart(8)}`,
    ...rows,
    '',
    'what the boot waited for (*; @ start, + duration):',
    ...chain,
  ]
    .map(printable)
    .join('\n')}\n`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
