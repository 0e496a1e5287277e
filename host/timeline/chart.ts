import { printable } from '../machine/tail.ts';
import type { Bar, Timeline } from './timeline.ts';

/** Pixels. */
const ROW = 22;
const LEFT = 24;
const TOP = 92;
const BOTTOM = 64;
const PLOT = 880;
/** For the text beside a bar that ends at the right edge. */
const RIGHT = 260;

const STYLE = `
  svg { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
  .page { fill: #fff; } text { fill: #24292f; } .quiet { fill: #6e7781; } .title { font-size: 17px; font-weight: 600; }
  .grid { stroke: #d0d7de; stroke-width: 1; } .ready { stroke: #1a7f37; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .stripe { fill: #f6f8fa; } .before { fill: #eaeef2; }
  .phase { fill: #8fb8e8; } .critical { fill: #d9822b; } .service { fill: #a7d3a6; } .failed { fill: #cf222e; }
  .running { opacity: .6; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .quiet { fill: #8d96a0; } .grid { stroke: #30363d; }
    .stripe { fill: #161b22; } .before { fill: #21262d; } .phase { fill: #3b6ea8; } .critical { fill: #d9822b; }
    .service { fill: #3f7d46; }
  }`;

/** The boot as a chart, a whole SVG document: a row for each phase and service, as in `systemd-analyze plot`. Pure. */
export function renderChart(timeline: Timeline): string {
  const { bars, critical, readyAt, initAt, end, version, bootId } = timeline;
  const shown = bars.filter(({ state }) => state !== 'skipped');
  const last = Math.max(end, readyAt ?? 0, 1);
  const x = (at: number) => LEFT + (at / last) * PLOT;
  const height = TOP + shown.length * ROW + BOTTOM;
  const width = LEFT + PLOT + RIGHT;
  const bottom = TOP + shown.length * ROW;
  const headline =
    readyAt === undefined
      ? 'not ready'
      : `ready after ${seconds(readyAt)} s, ${seconds(initAt)} s of them before PID 1`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>Boot of a Bulkhead VM</title><style>${STYLE}</style>`,
    rect(0, 0, width, height, 'page'),
    text(LEFT, 32, `Boot of Bulkhead ${version}: ${headline}`, 'title'),
    text(LEFT, 54, `boot ${bootId}`, 'quiet'),
    rect(LEFT, TOP, x(initAt) - LEFT, bottom - TOP, 'before'),
    ...shown.map((_, row) =>
      row % 2 === 0 ? rect(x(initAt), TOP + row * ROW, width - x(initAt), ROW, 'stripe') : '',
    ),
    ...ticks(last).map((at) => grid(x(at), bottom, `${at / 1000} s`)),
    ...(readyAt === undefined ? [] : [line(x(readyAt), TOP - 6, bottom, 'ready')]),
    ...shown.map((bar, row) => drawBar(bar, row, x, critical)),
    ...legend(bottom + 36),
    '</svg>',
    '',
  ].join('\n');
}

function drawBar(bar: Bar, row: number, x: (at: number) => number, critical: readonly string[]): string {
  const kind = bar.kind === 'phase' && critical.includes(bar.name) ? 'critical' : bar.kind;
  const classes = [bar.state === 'failed' ? 'failed' : kind, ...(bar.state === 'running' ? ['running'] : [])];
  const left = x(bar.start);
  const right = Math.max(x(bar.end), left + 2);
  const label = `${bar.name} ${seconds(bar.end - bar.start)} s${bar.state === 'done' ? '' : `, ${bar.state}`}`;
  const y = TOP + row * ROW;
  return `<g>${rect(left, y + 3, right - left, ROW - 6, classes.join(' '))}${text(right + 6, y + 15, label)}</g>`;
}

const LEGEND = [
  { kind: 'critical', label: 'phase that the boot waited for', x: 0 },
  { kind: 'phase', label: 'phase', x: 220 },
  { kind: 'service', label: 'service, from start to ready', x: 300 },
  { kind: 'failed', label: 'failed', x: 500 },
  { kind: 'before', label: 'firmware, kernel, stage 0', x: 580 },
];

function legend(y: number): string[] {
  return LEGEND.map(
    ({ kind, label, x }) =>
      `${rect(LEFT + x, y - 10, 12, 12, kind)}${text(LEFT + x + 18, y, label, 'quiet')}`,
  );
}

/** At most a dozen, at whole seconds or, in a short boot, at parts of one. Milliseconds. */
function ticks(last: number): number[] {
  const step = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 300_000].find(
    (each) => last / each <= 12,
  );
  const every = step ?? Math.ceil(last / 12);
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, index) => index * every);
}

function grid(x: number, bottom: number, label: string): string {
  return `${line(x, TOP - 6, bottom, 'grid')}<text x="${round(x)}" y="${TOP - 12}" text-anchor="middle" class="quiet">${label}</text>`;
}

function line(x: number, top: number, bottom: number, kind: string): string {
  return `<line x1="${round(x)}" y1="${top}" x2="${round(x)}" y2="${bottom}" class="${kind}"/>`;
}

function rect(x: number, y: number, width: number, height: number, kind: string): string {
  return `<rect x="${round(x)}" y="${y}" width="${round(Math.max(0, width))}" height="${height}" rx="2" class="${kind}"/>`;
}

/** What a guest says must not become markup. */
function text(x: number, y: number, content: string, kind?: string): string {
  const escaped = printable(content).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${round(x)}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
