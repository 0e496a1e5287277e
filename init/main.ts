/** PID 1. Never ends by itself: what it cannot mend it says, and holds. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { builtIn } from './built-in.ts';
import { CertificateExchange } from './certificate.ts';
import { openDoor } from './channel/door.ts';
import { bootClock } from './clock.ts';
import { parseCommandLine } from './commandline.ts';
import { EventPort } from './events.ts';
import { VerifiedExecutables } from './executables/store.ts';
import { BootError, describeFailure } from './failure.ts';
import { handlersFor } from './handlers.ts';
import { Journal } from './journal.ts';
import { openKernel } from './kernel/ffi.ts';
import type { Machine } from './machine.ts';
import { shutDown } from './power.ts';
import { PowerSwitch } from './power-switch.ts';
import { Settings } from './settings/settings.ts';
import { smbiosWords } from './smbios.ts';
import { Records } from './state/records.ts';
import { StateStore } from './state/store.ts';
import { superviseWith } from './supervision.ts';
import { Vm } from './vm.ts';
import { WallClock } from './wake/wall-clock.ts';

const DIGEST_WORKER = '/usr/lib/bulkhead/digest.mjs';

if (process.pid !== 1) {
  const { message, hint } = describeFailure(
    new BootError('not-pid-1', `this is process ${process.pid}, not PID 1`),
  );
  process.stderr.write(`bulkhead init ${builtIn.version}: ${message}. ${hint}\n`);
  process.exit(1);
}

const clock = bootClock();
const events = new EventPort();
const log = new Journal(clock, events);
/** The last resort of a boot that cannot even begin: said on the console, and held. */
let onFault = (error: unknown): void => log.write('error', 'init', describeFailure(error).message);

process.on('uncaughtException', (error) => onFault(error));
process.on('unhandledRejection', (reason) => onFault(reason));
// An event loop without anything to wait for would end the process, and with it the VM.
setInterval(() => undefined, 2 ** 30);

const kernel = openKernel();
const executables = new VerifiedExecutables(DIGEST_WORKER);
const bootId = randomUUID();
const store = new StateStore();
const machine: Machine = {
  bootId,
  kernel,
  clock,
  wallClock: new WallClock(kernel),
  log,
  events,
  executables,
  ...superviseWith({ kernel, clock, log, events, executables }),
  certificate: new CertificateExchange(),
  settings: new Settings(store, builtIn.organization ?? undefined),
  records: new Records(store, log, bootId),
  requestPower: (mode) => power.request(mode),
  readSettings: () => parseCommandLine([readFileSync('/proc/cmdline', 'utf8'), ...smbiosWords()].join(' ')),
  openChannelDoor: () =>
    openDoor(
      handlersFor(machine, vm),
      () => machine.settings.policy !== undefined,
      (message) => log.write('warn', 'init', message),
    ),
};
const vm = new Vm(machine);

onFault = (error) => {
  const failure = describeFailure(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  log.write('error', 'init', `fault: ${failure.message}`, { stack });
  vm.fail(failure);
};

const power = new PowerSwitch({
  clock,
  begin: (mode) => {
    vm.beginShutdown();
    // The answer to whoever asked goes out first.
    setImmediate(() => void shutDown(machine, mode));
  },
  hasten: () => {
    log.write('warn', 'init', 'asked again: what has not stopped is killed');
    machine.supervisor.killAll();
  },
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGPWR'] as const)
  process.on(signal, () => power.request('poweroff'));
for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => undefined);

void vm.boot();
