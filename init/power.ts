import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DOCKERD_CONFIGURATION } from '../services/dockerd/configuration.ts';
import { writeDaemonConfiguration } from './engine/configuration.ts';
import { MNT_DETACH, MS_RDONLY, MS_REMOUNT, RB_AUTOBOOT, RB_POWER_OFF } from './kernel/constants.ts';
import { KernelError } from './kernel/kernel.ts';
import type { Machine } from './machine.ts';
import type { PowerMode } from './power-mode.ts';
import { STATE_FOLDER } from './state/store.ts';

const commands: Record<PowerMode, number> = { poweroff: RB_POWER_OFF, reboot: RB_AUTOBOOT };
/** For all services together, milliseconds; then their control groups are killed. */
const SERVICES_DEADLINE_MS = 140_000;
const RELOAD_DEADLINE_MS = 5_000;
/** Mount points of what is written to, in the order in which they go. */
const DISKS = ['/var/lib', STATE_FOLDER];

/** Containers and services in reverse order, the disks, then the power. Does not return. */
export async function shutDown(machine: Machine, mode: PowerMode): Promise<never> {
  const { log, supervisor, kernel, events } = machine;
  log.write('info', 'init', `shutting down (${mode})`);
  await guarded(machine, 'containers', () => stopContainersWithEngine(machine));
  await guarded(machine, 'services', () => supervisor.stopAll(SERVICES_DEADLINE_MS));
  await guarded(machine, 'leftovers', killLeftovers);
  await guarded(machine, 'records', () => machine.records.close(mode));
  for (const target of DISKS) await guarded(machine, target, () => releaseDisk(machine, target));
  kernel.sync();
  log.write('info', 'init', mode === 'poweroff' ? 'power off' : 'reboot');
  events.close();
  kernel.reboot(commands[mode]);
  throw new Error('reboot(2) returned');
}

/** Whatever fails on the way down is said, and the way down goes on. */
async function guarded({ log }: Machine, what: string, step: () => Promise<void> | void): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.write(
      'error',
      'init',
      `shutdown: ${what}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * With live-restore dockerd leaves its containers running when it stops. Before the VM goes they must be stopped
 * in their own time: dockerd reads `live-restore` again on SIGHUP (dockerd(8)), and then stops them itself.
 */
async function stopContainersWithEngine({ supervisor, log, settings }: Machine): Promise<void> {
  const dockerd = supervisor.report().find(({ name }) => name === 'dockerd');
  if (dockerd?.state !== 'ready' || dockerd.pid === undefined) return;
  writeDaemonConfiguration(settings.engine, 'stop');
  const reloaded = log.whenLogged(
    'dockerd',
    (message) => message.startsWith('Reloaded configuration'),
    RELOAD_DEADLINE_MS,
  );
  process.kill(dockerd.pid, 'SIGHUP');
  if (!(await reloaded)) throw new Error(`dockerd did not read ${DOCKERD_CONFIGURATION} again`);
}

/** Containers that dockerd could not stop, and their shims: after this nothing holds on to the data disk. */
function killLeftovers(): void {
  const kill = '/sys/fs/cgroup/bulkhead/cgroup.kill';
  if (existsSync(kill)) writeFileSync(kill, '1');
}

function releaseDisk({ kernel }: Machine, target: string): void {
  if (!mounted(target)) return;
  try {
    kernel.unmount(target, 0);
  } catch (error) {
    if (!(error instanceof KernelError) || error.code !== 'EBUSY') throw error;
    // Something holds on to it: written out and read-only is as good for the disk.
    kernel.sync();
    kernel.mount('', target, '', MS_REMOUNT | MS_RDONLY);
    kernel.unmount(target, MNT_DETACH);
  }
}

function mounted(target: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === target);
}
