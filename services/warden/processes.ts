import { readdirSync, readFileSync } from 'node:fs';
import { ifThere, processGone } from '../if-there.ts';

/** /proc/PID/uid_map of every process that is there. */
export function* uidMaps(): Generator<string> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const map = ifThere(() => readFileSync(`/proc/${name}/uid_map`, 'utf8'), processGone);
    if (map !== undefined) yield map;
  }
}
