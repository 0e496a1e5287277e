import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../fuzz/random.ts';
import { changes } from '../oracle/compare.ts';
import type { Row } from '../row.ts';
import type { Ground } from './ground.ts';
import { type Outcome, runRows } from './run.ts';

/** What is killed at random, and how root of the VM finds it: by a word of its command line. */
export const victims: Readonly<Record<string, string>> = {
  warden: '/usr/lib/bulkhead/warden.mjs',
  authorizer: '/usr/lib/bulkhead/authorizer.mjs',
  sockets: '/usr/lib/bulkhead/sockets.mjs',
  channel: '/usr/lib/bulkhead/channel.mjs',
  lxcfs: '/usr/bin/lxcfs',
  containerd: '/usr/bin/containerd',
  dockerd: '/usr/sbin/dockerd',
};

/** Containers that start and stop side by side. */
const CROWD = 20;
/** Milliseconds between two kills: long enough for most services to be there again, and not for all. */
const PAUSE = { least: 3000, more: 6000 };
/** Milliseconds until everything must be as before when nothing is killed any more. */
const RECOVERY = 300_000;

export interface Chaos {
  /** Kills by service. */
  killed: Record<string, number>;
  /** Containers of the crowd that came up, and that did not. */
  started: number;
  failed: number;
}

/** Tries all rows while services die and containers come and go; then looks at what the VM has become. */
export async function runInChaos(
  rows: readonly Row[],
  ground: Ground,
  random: Random,
  say: (line: string) => void,
): Promise<Outcome & { chaos: Chaos }> {
  const before = await ground.state();
  const chaos: Chaos = { killed: {}, started: 0, failed: 0 };
  const end = new AbortController();
  const disturbance = [
    killAtRandom(ground, random, chaos, end.signal),
    ...Array.from({ length: CROWD }, (_, index) => comeAndGo(ground, index, chaos, end.signal)),
  ];
  const outcome = await runRows(rows, ground, { say, chaos: true }).finally(() => end.abort());
  await Promise.all(disturbance);
  const left = await recovered(ground, before);
  const findings = left.map((change) => ({ batch: 'after all', rows: rows.map(({ id }) => id), change }));
  return { ...outcome, findings, chaos };
}

async function killAtRandom(
  ground: Ground,
  random: Random,
  chaos: Chaos,
  signal: AbortSignal,
): Promise<void> {
  const names = Object.keys(victims);
  while (!signal.aborted) {
    const name = names[random.below(names.length)] as string;
    await ground.shell(
      `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '${victims[name]} \\|${victims[name]}$' && [ "$(readlink $p/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ] && [ $(basename $p) != $$ ] && kill -9 $(basename $p); done`,
    );
    chaos.killed[name] = (chaos.killed[name] ?? 0) + 1;
    await sleep(PAUSE.least + random.below(PAUSE.more));
  }
}

async function comeAndGo(ground: Ground, index: number, chaos: Chaos, signal: AbortSignal): Promise<void> {
  const { prober, engine } = ground;
  const spec = prober.spec({ Cmd: ['sleep', '100000'], Labels: { crowd: String(index) } });
  while (!signal.aborted) {
    let id: string | undefined;
    try {
      id = await engine.createContainer(spec);
      await engine.startContainer(id);
      chaos.started += 1;
    } catch {
      chaos.failed += 1; // services are away: that is what this is about
    }
    await sleep(500);
    if (id !== undefined) await removed(ground, id);
  }
}

/** However often it takes. */
async function removed({ engine }: Ground, id: string): Promise<void> {
  const end = Date.now() + RECOVERY;
  while (Date.now() < end) {
    try {
      const { status } = await engine.request('DELETE', `/containers/${id}?force=1&v=1`);
      if (status === 204 || status === 404) return;
    } catch {
      // not there just now
    }
    await sleep(2000);
  }
}

/** @returns what is not as before, once nothing changes any more */
async function recovered(ground: Ground, before: Awaited<ReturnType<Ground['state']>>): Promise<string[]> {
  const end = Date.now() + RECOVERY;
  for (;;) {
    const left = await ground.state().then(
      (after) => changes(withoutPids(before), withoutPids(after)),
      (error: Error) => [`the VM cannot be looked at: ${error.message}`],
    );
    if (left.length === 0 || Date.now() > end) return left;
    await sleep(3000);
  }
}

/** A service that was started again has another number. */
function withoutPids(state: Awaited<ReturnType<Ground['state']>>) {
  const processes = [...(state.processes ?? [])].map((fact) => fact.replace(/^\d+ /, ''));
  return { ...state, processes: new Set(processes) };
}
