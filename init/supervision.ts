import { socketsDefinition } from '../services/sockets/definition.ts';
import { SOCKET_NAME, SOCKETS_FOLDER } from '../services/sockets/places.ts';
import { systemClock } from '../services/supervisor/clock.ts';
import { LAUNCH } from '../services/supervisor/executables.ts';
import { Reaper } from '../services/supervisor/reaper.ts';
import { serviceRunner } from '../services/supervisor/run-service.ts';
import { Supervisor } from '../services/supervisor/supervisor.ts';
import type { Clock } from './clock.ts';
import type { EventPort } from './events.ts';
import type { VerifiedExecutables } from './executables/store.ts';
import type { Journal } from './journal.ts';
import { KeptSockets } from './kept-sockets/kept-sockets.ts';
import type { Kernel } from './kernel/kernel.ts';

interface SupervisionOptions {
  kernel: Kernel;
  clock: Clock;
  log: Journal;
  events: EventPort;
  executables: VerifiedExecutables;
}

export interface Supervision {
  supervisor: Supervisor;
  /** Of the service `sockets`: containers that run keep theirs when it has to be started again. */
  keptSockets: KeptSockets;
}

/** Starts reaping, and makes the supervisor that tells the host of every change. */
export function superviseWith({ kernel, clock, log, events, executables }: SupervisionOptions): Supervision {
  new Reaper(kernel, systemClock).start();
  const keptSockets = new KeptSockets({
    kernel,
    folder: SOCKETS_FOLDER,
    named: SOCKET_NAME,
    listener: () => supervisor.report().find(({ name }) => name === socketsDefinition.name)?.pid,
    onError: ({ message }) => log.write('warn', 'init', `sockets of containers are not kept: ${message}`),
  });
  const run = serviceRunner({
    kernel,
    executables,
    launch: LAUNCH,
    cgroups: '/sys/fs/cgroup/bulkhead',
    notify: '/run/bulkhead/notify',
    log,
    clock: systemClock,
    inherited: (service) => (service === socketsDefinition.name ? keptSockets.inherited : []),
  });
  const supervisor = new Supervisor({ run, log, clock: systemClock, random: Math.random });
  supervisor.onReport((service) => events.send({ kind: 'service', at: clock(), service }));
  return { supervisor, keptSockets };
}
