import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Kernel } from '../../init/kernel/kernel.ts';
import { Cgroup } from './cgroup.ts';
import type { Clock } from './clock.ts';
import type { ServiceDefinition } from './definition.ts';
import type { ExecutableStore } from './executables.ts';
import { type Inherited, inheritedVariables } from './inherited.ts';
import { launchArguments } from './launch-arguments.ts';
import { clearLeftBehind } from './left-behind.ts';
import type { Log } from './log.ts';
import type { Notification } from './notification.ts';
import { type NotifySocket, openNotifySocket } from './notify-socket.ts';
import { logOutput } from './service-output.ts';
import type { Exit } from './state.ts';
import type { Run, RunEvents, Runner } from './supervisor.ts';

export interface RunServiceOptions {
  kernel: Kernel;
  executables: ExecutableStore;
  /** Path of `launch` in `executables`. */
  launch: string;
  /** Folder of the services' cgroups: `/sys/fs/cgroup/bulkhead`. */
  cgroups: string;
  /** Folder of the notify sockets, which every user can reach: `/run/bulkhead/notify`. */
  notify: string;
  log: Log;
  clock: Clock;
  /** What a service gets at its next run besides its definition's descriptors. */
  inherited?: (service: string) => readonly Inherited[];
}

/** Runs services as real processes. @returns what `Supervisor` takes as `run`. */
export function serviceRunner(options: RunServiceOptions): Runner {
  return (definition, events) => runService(options, definition, events);
}

function runService(options: RunServiceOptions, definition: ServiceDefinition, events: RunEvents): Run {
  const { executables, log, clock } = options;
  const cgroup = new Cgroup(join(options.cgroups, definition.name));
  // Both throw when they have not been verified; nothing has been made yet.
  const executable = executables.descriptor(definition.executable);
  const launch = executables.descriptor(options.launch);
  cgroup.create();
  if (definition.cgroup !== undefined) cgroup.limit(definition.cgroup);
  if (definition.leavesBehind !== undefined) clearLeftBehind(options.kernel, definition.leavesBehind);
  const socket = listen(options, definition, cgroup, events);
  const inherited = options.inherited?.(definition.name) ?? [];
  const child = spawnLaunch({ launch, executable, definition, cgroup, socket, inherited });
  logOutput(definition.name, child, log, clock);

  let emptiness: { check: () => void } | undefined;
  child.on('error', (error) => {
    if (child.pid !== undefined)
      return log.write('warn', definition.name, `signal not sent: ${error.message}`);
    socket?.close();
    events.notSpawned(error.message);
  });
  child.on('exit', (code, signal) => {
    if (child.pid === undefined) return; // 'error' has said it
    events.exited(describeExit(code, signal));
    if (definition.leftovers === 'keep') {
      socket?.close();
      events.gone();
      return;
    }
    emptiness = cgroup.whenEmpty(() => {
      socket?.close();
      events.gone();
    });
  });
  if (child.pid !== undefined) events.spawned(child.pid);

  return {
    signal: () => void child.kill(definition.stopSignal),
    kill: () => {
      if (definition.leftovers === 'keep') {
        child.kill('SIGKILL');
        return;
      }
      cgroup.kill();
      emptiness?.check();
    },
  };
}

function listen(
  options: RunServiceOptions,
  definition: ServiceDefinition,
  cgroup: Cgroup,
  events: RunEvents,
): NotifySocket | undefined {
  const { name, readiness, watchdog } = definition;
  if (readiness.kind !== 'notify' && watchdog === undefined) return undefined;
  const { kernel, clock, log, notify } = options;
  const hear = ({ ready, watchdog: alive, stopping, status }: Notification) => {
    if (status !== undefined) log.write('info', name, `status: ${status}`);
    if (stopping) log.write('info', name, 'says that it is stopping');
    if (ready && readiness.kind === 'notify') events.ready();
    if (alive) events.alive();
  };
  return openNotifySocket({ service: name, directory: notify, cgroup, kernel, clock, log }, hear);
}

interface Spawn {
  /** Descriptors. */
  launch: number;
  executable: number;
  definition: ServiceDefinition;
  cgroup: Cgroup;
  socket: NotifySocket | undefined;
  inherited: readonly Inherited[];
}

function spawnLaunch({
  launch,
  executable,
  definition,
  cgroup,
  socket,
  inherited,
}: Spawn): ChildProcessByStdio<null, Readable, Readable> {
  const { env, watchdog, descriptors = [] } = definition;
  const passed = [...descriptors, ...inherited.map(({ descriptor }) => descriptor)];
  const names = inherited.map(({ name }) => name);
  const notifyEnv = {
    ...(socket && { NOTIFY_SOCKET: socket.path }),
    ...(watchdog !== undefined && { WATCHDOG_USEC: String(watchdog * 1000) }),
  };
  try {
    // The descriptor is named in this process's table: the child's own is rearranged before it executes.
    return spawn(
      `/proc/${process.pid}/fd/${launch}`,
      launchArguments(definition, cgroup.path, passed.length),
      {
        argv0: 'launch',
        cwd: '/',
        env: { ...env, ...notifyEnv, ...inheritedVariables(names, descriptors.length) },
        stdio: ['ignore', 'pipe', 'pipe', executable, ...passed],
      },
    ) as ChildProcessByStdio<null, Readable, Readable>;
  } catch (error) {
    socket?.close();
    throw error;
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): Exit {
  return { text: signal === null ? `exit code ${code}` : `signal ${signal}`, ok: code === 0 };
}
