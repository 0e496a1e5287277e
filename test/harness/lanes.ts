import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../boot');

/** With VMs of their own, and yet in the lane of the shared ones: so both lanes take about as long. */
const TO_BALANCE = ['console', 'executed', 'held', 'verity', 'ways-in'];

/**
 * The boot ring has two lanes, which run side by side, since one emulated VM seldom keeps two processors busy: files that use
 * the shared VMs, and most that have VMs of their own. @returns the files of one, below the project
 */
export function bootFiles(lane: 'shared' | 'own'): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.test.ts') && (lane === 'shared') === isShared(name))
    .map((name) => `test/boot/${name}`);
}

function isShared(file: string): boolean {
  return sharedVmsOf(join(FOLDER, file)).length > 0 || TO_BALANCE.includes(basename(file, '.test.ts'));
}

/** @returns which of the shared VMs a file uses, as it says by `share(…)` */
export function sharedVmsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\bshare\('(\w+)'\)/g)].map(([, name = '']) => name);
}
