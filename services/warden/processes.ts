import { readdirSync, readFileSync } from 'node:fs';

/** /proc/PID/uid_map of every process that is there. */
export function* uidMaps(): Generator<string> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      yield readFileSync(`/proc/${name}/uid_map`, 'utf8');
    } catch (error) {
      // it has ended meanwhile
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    }
  }
}
