import { systemClock } from '../services/supervisor/clock.ts';
import { LAUNCH } from '../services/supervisor/executables.ts';
import { Reaper } from '../services/supervisor/reaper.ts';
import { serviceRunner } from '../services/supervisor/run-service.ts';
import { Supervisor } from '../services/supervisor/supervisor.ts';
import type { Clock } from './clock.ts';
import type { EventPort } from './events.ts';
import type { VerifiedExecutables } from './executables/store.ts';
import type { Journal } from './journal.ts';
import type { Kernel } from './kernel/kernel.ts';

interface SupervisionOptions {
  kernel: Kernel;
  clock: Clock;
  log: Journal;
  events: EventPort;
  executables: VerifiedExecutables;
}

/** Starts reaping, and makes the supervisor that tells the host of every change. */
export function superviseWith({ kernel, clock, log, events, executables }: SupervisionOptions): Supervisor {
  new Reaper(kernel, systemClock).start();
  const run = serviceRunner({
    kernel,
    executables,
    launch: LAUNCH,
    cgroups: '/sys/fs/cgroup/bulkhead',
    notify: '/run/bulkhead/notify',
    log,
    clock: systemClock,
  });
  const supervisor = new Supervisor({ run, log, clock: systemClock, random: Math.random });
  supervisor.onReport((service) => events.send({ kind: 'service', at: clock(), service }));
  return supervisor;
}
