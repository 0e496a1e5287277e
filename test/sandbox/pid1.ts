/**
 * PID 1 of a sandbox: the real supervisor, reaper, kernel and launch, told what to do by JSON lines on standard
 * input; what happens goes to standard output, a JSON line each. Run by `sandbox.ts` in namespaces of its own.
 *
 *   pid1.ts SCRATCH CGROUP EXECUTABLE…   the first executable is `launch`
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_REC,
  RB_POWER_OFF,
} from '../../init/kernel/constants.ts';
import { openKernel } from '../../init/kernel/ffi.ts';
import { returnMemory } from '../../services/return-memory.ts';
import { systemClock } from '../../services/supervisor/clock.ts';
import type { Log } from '../../services/supervisor/log.ts';
import { Reaper } from '../../services/supervisor/reaper.ts';
import { serviceRunner } from '../../services/supervisor/run-service.ts';
import { Supervisor } from '../../services/supervisor/supervisor.ts';
import type { Command, SandboxEvent } from './protocol.ts';

if (process.pid !== 1) throw new Error('this reboots: it runs as PID 1 of a namespace only');
const [scratch = '', cgroup = '', ...paths] = process.argv.slice(2);
const emit = (event: SandboxEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`);

const kernel = openKernel();
kernel.refuseNewCode();
returnMemory(() => kernel.trimMemory());
kernel.mount('none', '/', '', MS_REC | MS_PRIVATE);
const hierarchy = join(scratch, 'cgroup');
mkdirSync(hierarchy, { recursive: true });
kernel.mount('cgroup2', hierarchy, 'cgroup2', MS_NOSUID | MS_NODEV | MS_NOEXEC);

const descriptors = new Map(paths.map((path) => [path, openSync(path, 'r')]));
const executables = {
  descriptor: (path: string): number => {
    const descriptor = descriptors.get(path);
    if (descriptor === undefined) throw new Error(`${path} was not verified`);
    return descriptor;
  },
};
const log: Log = {
  write: (level, source, message, fields) =>
    emit({ kind: 'log', level, source, message, ...(fields && { fields: { ...fields } }) }),
};
const reaper = new Reaper(kernel, systemClock);
reaper.start();
const supervisor = new Supervisor({
  run: serviceRunner({
    kernel,
    executables,
    launch: paths[0] ?? '',
    cgroups: join(hierarchy, cgroup),
    notify: join(scratch, 'notify'),
    log,
    clock: systemClock,
  }),
  log,
  clock: systemClock,
  random: Math.random,
  backoff: { base: 100, cap: 1000, stable: 60_000, failures: 4 },
});
supervisor.onReport((report) => emit({ kind: 'service', report }));

let reaped = 0;
process.on('SIGCHLD', () => {
  if (reaper.reaped === reaped) return;
  reaped = reaper.reaped;
  emit({ kind: 'reaped', total: reaped });
});

function zombies(): string[] {
  const states = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return states.filter((pid) => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
}

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case 'start':
      supervisor.start(command.definitions);
      break;
    case 'stop':
      await supervisor.stopAll(command.deadline);
      emit({ kind: 'stopped' });
      break;
    case 'zombies':
      reaper.reap();
      emit({ kind: 'zombies', pids: zombies() });
      break;
    case 'spawn':
      for (let i = 0; i < command.count; i += 1) {
        const child = spawn(paths[1] ?? '', command.args, { stdio: 'ignore' });
        child.on('exit', (code) => emit({ kind: 'child', code }));
      }
      break;
    case 'kill':
      process.kill(command.pid, command.signal);
      break;
    case 'processes': {
      const members = readFileSync(join(hierarchy, cgroup, command.service, 'cgroup.procs'), 'utf8');
      emit({ kind: 'processes', pids: members.split('\n').filter((pid) => pid !== '') });
      break;
    }
    case 'memory': {
      const status = readFileSync('/proc/self/status', 'utf8');
      const bytes = (key: string) =>
        Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
      emit({ kind: 'memory', anonymous: bytes('RssAnon'), resident: bytes('VmRSS') });
      break;
    }
    case 'network':
      kernel.linkUp('lo');
      kernel.setAddress('lo', '10.77.0.1', 24);
      kernel.addDefaultRoute('10.77.0.1', 'lo');
      emit({
        kind: 'network',
        interfaces: networkInterfaces(),
        routes: readFileSync('/proc/net/route', 'utf8'),
      });
      break;
    case 'hostname':
      kernel.setHostname(command.name);
      emit({ kind: 'hostname', name: readFileSync('/proc/sys/kernel/hostname', 'utf8').trim() });
  }
}

const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => void obey(JSON.parse(line) as Command));
// The test has gone: the end of PID 1 is the end of all processes of its namespace.
commands.on('close', () => kernel.reboot(RB_POWER_OFF));
emit({ kind: 'up', pid: process.pid });
