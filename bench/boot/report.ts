import { cpus, loadavg } from 'node:os';
import { differences } from '../debian/recipe.ts';
import type { Comparison, Summary } from './comparison.ts';
import type { Hardware } from './hardware.ts';
import type { BootSample } from './sample.ts';

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);

/** For a person: seconds, a row each. */
export function renderComparison({ bulkhead, debian, floor, ratios, unequal }: Comparison): string {
  const row = (name: string, { firstBoot, ready, median, container }: Summary): string[] => [
    ...[name, seconds(firstBoot), ready.map(seconds).join(' '), seconds(median), seconds(container)],
  ];
  const rows = [
    ['', 'first boot', 'later boots', 'median', 'container'],
    row('bulkhead', bulkhead),
    row('debian', debian),
    row('floor', floor),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    'Seconds from the start of QEMU to a whole answer to /version over mutual TLS; container: create, start, wait, remove.',
    'floor: the same image with an init in C that only mounts and starts the engine.',
    ...lines,
    `ratios of the medians, bulkhead : debian = ${ratios.debian.toFixed(2)}, bulkhead : floor = ${ratios.floor.toFixed(2)}`,
    `kernel ${bulkhead.kernel}, engine ${bulkhead.engine}`,
    ...unequal.map((line) => `NOT EQUAL, ${line}`),
  ].join('\n');
}

/** For a machine, and for whoever asks later how it was measured. Times in milliseconds. */
export function reportOf(
  comparison: Comparison,
  samples: readonly BootSample[],
  hardware: Hardware,
  now: Date,
) {
  return {
    format: 1,
    benchmark: 'boot',
    at: now.toISOString(),
    machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, load: loadavg() },
    qemu: { accelerator: 'tcg', memory: hardware.memory, cpus: hardware.cpus },
    ...comparison,
    samples,
    differences,
  };
}
