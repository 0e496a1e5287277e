import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import type { Event, PhaseReport } from '../../services/channel/protocol/methods.ts';
import { renderChart } from './chart.ts';
import { formatTimeline } from './table.ts';
import { timelineOf } from './timeline.ts';

const boot = (bootId: string): Event => ({ kind: 'boot', at: 1000, bootId, version: '1.0' });
const phase = (name: string, startedAt: number, end: number, needs: string[] = [], more = {}): Event[] => {
  const report: PhaseReport = { name, state: 'done', startedAt, duration: end - startedAt, needs, ...more };
  return [
    { kind: 'phase', at: startedAt, phase: { name, state: 'running', startedAt, needs } },
    { kind: 'phase', at: end, phase: report },
  ];
};
const service = (name: string, state: 'starting' | 'ready', since: number): Event => ({
  kind: 'service',
  at: since,
  service: { name, state, since, restarts: 0 },
});

const events: Event[] = [
  boot('an earlier one'),
  ...phase('disk', 1000, 9000),
  boot('b'),
  ...phase('modules', 1000, 3000),
  ...phase('network', 3000, 3500, ['modules']),
  ...phase('disk', 1000, 5000),
  service('dockerd', 'starting', 5000),
  service('dockerd', 'ready', 8000),
  ...phase('dockerd', 5000, 8000, ['network', 'disk']),
  { kind: 'phase', at: 8000, phase: { name: 'probe', state: 'skipped' } },
  { kind: 'state', at: 8200, state: 'ready' },
  service('dockerd', 'starting', 60_000), // a restart is no part of the boot
];
const timeline = timelineOf(events);

/** Rendered as a browser would, to pixels. */
function render(svg: string) {
  const image = new Resvg(svg).render();
  const at = (x: number, y: number) => [...image.pixels.subarray((y * image.width + x) * 4).subarray(0, 3)];
  return { width: image.width, height: image.height, at };
}

describe('timelineOf()', () => {
  it('tells of the last boot only, up to ready', () => {
    expect(timeline).toMatchObject({ bootId: 'b', readyAt: 8200, initAt: 1000, end: 8200 });
    expect(timeline?.bars.map(({ name, kind, start, end }) => [kind, name, start, end])).toEqual([
      ['phase', 'modules', 1000, 3000],
      ['phase', 'disk', 1000, 5000],
      ['phase', 'network', 3000, 3500],
      ['service', 'dockerd', 5000, 8000],
      ['phase', 'dockerd', 5000, 8000],
      ['phase', 'probe', 8000, 8000],
    ]);
  });

  it('finds the chain that the boot waited for: of what each needed, what ended last', () => {
    expect(timeline?.critical).toEqual(['disk', 'dockerd']);
  });

  it('shows what failed and what still runs', () => {
    const failed = timelineOf([
      boot('c'),
      ...phase('disk', 1000, 2000, [], { state: 'failed', failure: { code: 'x', message: 'm', hint: 'h' } }),
      { kind: 'phase', at: 1500, phase: { name: 'network', state: 'running', startedAt: 1500 } },
      { kind: 'state', at: 4000, state: 'held' },
    ]);
    expect(failed?.readyAt).toBeUndefined();
    expect(failed?.bars).toMatchObject([
      { name: 'disk', state: 'failed', end: 2000 },
      { name: 'network', state: 'running', end: 4000 },
    ]);
  });

  it('has nothing to tell without a boot, and an end even where phases need each other', () => {
    expect(timelineOf([])).toBeUndefined();
    const knot = timelineOf([boot('d'), ...phase('a', 1, 2, ['b']), ...phase('b', 1, 3, ['a'])]);
    expect(knot?.critical).toEqual(['a', 'b']);
  });
});

it('formatTimeline() is a table with the chain below', () => {
  if (timeline === undefined) throw new Error('no timeline');
  const text = formatTimeline(timeline);
  expect(text).toContain('PID 1 after 1.00 s, ready after 8.20 s');
  expect(text).toMatch(/^\* {2}phase {4}disk {6}.*1\.00 {6}4\.00$/m);
  expect(text).toMatch(/^ {3}phase {4}network/m);
  expect(text).toContain('  disk @1.00s +4.00s\n  └─dockerd @5.00s +3.00s\n');
});

describe('renderChart()', () => {
  it('is a picture: bars where and as long as they are in time, in the colours of the legend', () => {
    if (timeline === undefined) throw new Error('no timeline');
    const { width, height, at } = render(renderChart(timeline));
    expect([width, height]).toEqual([24 + 880 + 260, 92 + 5 * 22 + 64]); // skipped ones have no row
    const x = (ms: number) => Math.round(24 + (ms / 8200) * 880);
    const y = (row: number) => 92 + row * 22 + 11;
    const [blue, orange, green] = [
      [0x8f, 0xb8, 0xe8],
      [0xd9, 0x82, 0x2b],
      [0xa7, 0xd3, 0xa6],
    ];
    expect(at(x(1000) + 3, y(0))).toEqual(blue);
    expect(at(x(3000) - 3, y(0))).toEqual(blue);
    expect(at(x(1000) + 3, y(1))).toEqual(orange);
    expect(at(x(5000) - 3, y(1))).toEqual(orange);
    expect(at(x(8000) - 3, y(3))).toEqual(green);
    for (const colour of [blue, orange, green]) expect(at(x(900), y(1))).not.toEqual(colour);
    expect(at(5, 5)).toEqual([255, 255, 255]);
  });

  it('stays a picture whatever a guest calls its phases', () => {
    const name = '</text><script>alert(1)</script>&"\'\u0000\u001b[2J\ud800';
    const hostile = timelineOf([boot('<b>&'), ...phase(name, 1000, 2000)]);
    if (hostile === undefined) throw new Error('no timeline');
    const svg = renderChart(hostile);
    expect(svg).not.toContain('<script');
    expect(render(svg).height).toBe(92 + 22 + 64);
  });
});
