import type { Event } from '../../services/channel/protocol/methods.ts';

/** Something that took time in a boot. Milliseconds since the kernel started. */
export interface Bar {
  name: string;
  kind: 'phase' | 'service';
  start: number;
  /** When it was done, failed or ready; the time of the last event for one that still runs. */
  end: number;
  state: 'done' | 'failed' | 'running' | 'skipped';
  /** Phases that it waited for. */
  needs: readonly string[];
}

/** A boot as its events tell it. */
export interface Timeline {
  bootId: string;
  version: string;
  /** By start. */
  bars: Bar[];
  /** When the VM was ready (or degraded); undefined while it is not. */
  readyAt: number | undefined;
  /** When PID 1 said its first word: before that are firmware, kernel and stage 0. */
  initAt: number;
  end: number;
  /** What the boot waited for, the first first: each began when the one before it was done. */
  critical: string[];
}

/** Reads the boot that `events` tell of; the last, if there are several. Pure. @returns undefined without one */
export function timelineOf(events: readonly Event[]): Timeline | undefined {
  const begin = events.findLastIndex(({ kind }) => kind === 'boot');
  const boot = events[begin];
  if (boot?.kind !== 'boot') return undefined;
  const bars = new Map<string, Bar>();
  let readyAt: number | undefined;
  let end = boot.at;
  for (const event of events.slice(begin)) {
    // What happens later (a restart, a shutdown) is no part of the boot.
    if (readyAt !== undefined) break;
    end = event.kind === 'log' ? event.entry.at : event.at;
    if (event.kind === 'phase') addPhase(bars, event);
    if (event.kind === 'service') addService(bars, event);
    if (event.kind === 'state' && (event.state === 'ready' || event.state === 'degraded')) readyAt = event.at;
    if (event.kind === 'state' && event.state === 'stopping') break;
  }
  const sorted = [...bars.values()]
    .map((bar) => (bar.state === 'running' ? { ...bar, end } : bar))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  return {
    bootId: boot.bootId,
    version: boot.version,
    bars: sorted,
    readyAt,
    initAt: boot.at,
    end,
    critical: criticalChain(sorted),
  };
}

function addPhase(bars: Map<string, Bar>, { at, phase }: Extract<Event, { kind: 'phase' }>): void {
  const { name, state, startedAt, duration, needs = [] } = phase;
  if (state === 'waiting') return;
  const start = startedAt ?? at;
  bars.set(`phase ${name}`, {
    ...{ name, kind: 'phase', start, end: start + (duration ?? 0), needs },
    state,
  });
}

/** From its first start to ready. */
function addService(bars: Map<string, Bar>, { service }: Extract<Event, { kind: 'service' }>): void {
  const { name, state, since } = service;
  const key = `service ${name}`;
  const known = bars.get(key);
  if (known === undefined && state === 'starting')
    bars.set(key, { name, kind: 'service', start: since, end: since, state: 'running', needs: [] });
  else if (known?.state === 'running' && (state === 'ready' || state === 'failed'))
    bars.set(key, { ...known, end: since, state: state === 'ready' ? 'done' : 'failed' });
}

/** From the phase that ended last backwards: of what each waited for, what ended last. Pure. */
export function criticalChain(bars: readonly Bar[]): string[] {
  const phases = new Map(bars.filter(({ kind }) => kind === 'phase').map((bar) => [bar.name, bar]));
  const latest = (candidates: Iterable<Bar>) =>
    [...candidates].reduce<Bar | undefined>(
      (last, bar) => (last && last.end >= bar.end ? last : bar),
      undefined,
    );
  const chain: string[] = [];
  for (
    let bar = latest([...phases.values()].filter(({ state }) => state !== 'skipped'));
    bar !== undefined;
  ) {
    chain.unshift(bar.name);
    const needs: Bar[] = bar.needs.flatMap((name) => phases.get(name) ?? []);
    bar = latest(needs.filter(({ name }) => !chain.includes(name)));
  }
  return chain;
}
