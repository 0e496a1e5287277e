import { setTimeout as sleep } from 'node:timers/promises';
import { readEvents } from '../../host/events/events.ts';
import type { Random } from '../fuzz/random.ts';
import type { OpenVm } from './open-vm.ts';

/** Milliseconds for a line of the root shell, which others use, too. */
const PATIENCE = 300_000;

/** What is killed, by the supervisor's names: all but the shims, which are containers' own. */
const SERVICES = ['channel', 'warden', 'authorizer', 'sockets', 'lxcfs', 'containerd', 'dockerd'];

export interface KillOptions {
  random: Random;
  /** Milliseconds between two kills. */
  pause: { least: number; more: number };
  /** Ends it. */
  signal: AbortSignal;
}

/** Kills one service after the other, each once it is ready again. @returns how often each was killed */
export async function killServices(
  vm: OpenVm,
  { random, pause, signal }: KillOptions,
): Promise<Map<string, number>> {
  const kills = new Map<string, number>();
  while (!signal.aborted) {
    const name = random.pick(SERVICES);
    const pid = await readyPid(vm, name);
    if (pid !== undefined && (await vm.shell(`kill -9 ${pid}`, PATIENCE)).status === 0)
      kills.set(name, (kills.get(name) ?? 0) + 1);
    await sleep(pause.least + random.below(pause.more));
  }
  return kills;
}

/** Of a service that is ready, by what the VM has told: the channel may be the one that is away. */
async function readyPid(vm: OpenVm, name: string): Promise<number | undefined> {
  const events = await readEvents(vm.paths.events);
  const last = events.findLast((event) => event.kind === 'service' && event.service.name === name);
  return last?.kind === 'service' && last.service.state === 'ready' ? last.service.pid : undefined;
}
