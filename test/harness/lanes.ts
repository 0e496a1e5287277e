import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../boot');

/**
 * The boot ring has two lanes, which run side by side, since one emulated VM seldom keeps two processors busy: files that use
 * the shared VMs, and files that have VMs of their own. @returns the files of one, below the project
 */
export function bootFiles(lane: 'shared' | 'own'): string[] {
  return readdirSync(FOLDER)
    .filter(
      (name) =>
        name.endsWith('.test.ts') && (lane === 'shared') === sharedVmsOf(join(FOLDER, name)).length > 0,
    )
    .map((name) => `test/boot/${name}`);
}

/** @returns which of the shared VMs a file uses, as it says by `share(…)` */
export function sharedVmsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\bshare\('(\w+)'\)/g)].map(([, name = '']) => name);
}
