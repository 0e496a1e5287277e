import { closeSync, openSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { BootError } from '../failure.ts';
import { KernelError } from '../kernel/kernel.ts';
import type { Phase } from '../phase.ts';

const loadLists = z.strictObject({ boot: z.array(z.string()), engine: z.array(z.string()) });

/** A phase that loads one of the lists that the image build made from modules.dep, dependencies first. */
function loadGroup(group: keyof z.infer<typeof loadLists>): Phase {
  return {
    name: `${group}-modules`,
    needs: group === 'boot' ? [] : ['boot-modules'],
    onFailure: 'hold',
    run({ kernel }) {
      const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
      const folder = `/usr/lib/modules/${release}`;
      const modules = readList(folder)[group];
      for (const module of modules) {
        const descriptor = openSync(`${folder}/${module}`, 'r');
        try {
          kernel.loadModule(descriptor, '', 0);
        } catch (cause) {
          const present = cause instanceof KernelError && cause.code === 'EEXIST';
          if (!present) throw new BootError('module-failed', `${module} could not be loaded`, { cause });
        } finally {
          closeSync(descriptor);
        }
      }
      return `${modules.length} loaded`;
    },
  };
}

function readList(folder: string): z.infer<typeof loadLists> {
  try {
    return loadLists.parse(JSON.parse(readFileSync(`${folder}/load.json`, 'utf8')));
  } catch (cause) {
    throw new BootError('module-failed', `the list of modules in ${folder} cannot be read`, { cause });
  }
}

/** Drivers of the VM's own devices. */
export const bootModules = loadGroup('boot');
/** What containers and their networks need. */
export const engineModules = loadGroup('engine');
