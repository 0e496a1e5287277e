import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as z from '../../policy/zod.ts';
import { ifThere } from '../../services/if-there.ts';
import { BootError } from '../failure.ts';
import { KernelError } from '../kernel/kernel.ts';
import type { Machine } from '../machine.ts';
import type { Phase } from '../phase.ts';
import { WATCHDOG_PARAMETERS } from './watchdog.ts';

const loadLists = z.strictObject({
  boot: z.array(z.string()),
  engine: z.array(z.string()),
  later: z.array(z.string()),
});

/** By file name. */
const parameters: Readonly<Record<string, string>> = { 'i6300esb.ko': WATCHDOG_PARAMETERS };

/** Whether stage 0 has loaded it, which began before PID 1 did (image/stage0/main.c). */
function isLive(module: string): boolean {
  const name = basename(module, '.ko').replaceAll('-', '_');
  return ifThere(() => readFileSync(`/sys/module/${name}/initstate`, 'utf8'), ['ENOENT'])?.trim() === 'live';
}

/**
 * Loads what is not there yet of one of the lists that the image build made from modules.dep, dependencies first. A
 * module can take a tenth of a second, emulated, in which PID 1 does nothing else: what waits has its turn between two.
 * One that stage 0 is loading just now is waited for by the kernel (kernel/module/main.c, idempotent_init_module).
 * @returns how many are loaded, for the log
 */
async function load({ kernel }: Machine, group: keyof z.infer<typeof loadLists>): Promise<string> {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const folder = `/usr/lib/modules/${release}`;
  const modules = readList(folder)[group];
  const missing = modules.filter((module) => !isLive(module));
  for (const module of missing) {
    await setImmediate();
    const descriptor = openSync(`${folder}/${module}`, 'r');
    try {
      kernel.loadModule(descriptor, parameters[basename(module)] ?? '', 0);
    } catch (cause) {
      const present = cause instanceof KernelError && cause.code === 'EEXIST';
      if (!present) throw new BootError('module-failed', `${module} could not be loaded`, { cause });
    } finally {
      closeSync(descriptor);
    }
  }
  const before = modules.length - missing.length;
  return `${modules.length} loaded${before > 0 ? `, ${before} of them before` : ''}`;
}

function readList(folder: string): z.infer<typeof loadLists> {
  try {
    return loadLists.parse(JSON.parse(readFileSync(`${folder}/load.json`, 'utf8')));
  } catch (cause) {
    throw new BootError('module-failed', `the list of modules in ${folder} cannot be read`, { cause });
  }
}

/** Drivers of the VM's own devices. They find the kernel's settings made, those for new network cards too. */
export const bootModules: Phase = {
  name: 'boot-modules',
  needs: ['kernel-settings'],
  onFailure: 'hold',
  run: (machine) => load(machine, 'boot'),
};

/** What containers and their networks need. */
export const engineModules: Phase = {
  name: 'engine-modules',
  needs: ['boot-modules'],
  onFailure: 'hold',
  run: (machine) => load(machine, 'engine'),
};

/**
 * The last modules of this boot, and then none: no one can take it back (Documentation/admin-guide/sysctl/kernel.rst,
 * modules_disabled). dockerd starts containers that ran before, so it waits for this.
 */
export const moduleLock: Phase = {
  name: 'module-lock',
  needs: ['engine-modules', 'kernel-settings'],
  onFailure: 'hold',
  async run(machine) {
    const loaded = await load(machine, 'later');
    const path = '/proc/sys/kernel/modules_disabled';
    writeFileSync(path, '1');
    if (readFileSync(path, 'utf8').trim() !== '1')
      throw new BootError('module-failed', 'the kernel would still load modules');
    return `${loaded}, and no more until the next boot`;
  },
};
