import { mkdirSync } from 'node:fs';
import { BootError } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import type { Phase } from '../phase.ts';

const SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** Stage 0 mounted /proc, /sys and /dev; these are the rest. Everything writable is `nosuid,nodev,noexec`. */
const mounts = [
  { type: 'tmpfs', target: '/run', flags: SAFE, data: 'mode=0755,size=64m,nr_inodes=32k' },
  { type: 'tmpfs', target: '/tmp', flags: SAFE, data: 'mode=1777,size=256m,nr_inodes=32k' },
  // ptmxmode: the engine and containers open /dev/pts/ptmx (Documentation/filesystems/devpts.rst)
  { type: 'devpts', target: '/dev/pts', flags: MS_NOSUID | MS_NOEXEC, data: 'mode=0600,ptmxmode=0666' },
  { type: 'tmpfs', target: '/dev/shm', flags: SAFE, data: 'mode=1777,size=64m' },
  { type: 'mqueue', target: '/dev/mqueue', flags: SAFE, data: '' },
] as const;

export const pseudoFileSystems: Phase = {
  name: 'pseudo-file-systems',
  needs: [],
  onFailure: 'hold',
  run({ kernel }) {
    for (const { type, target, flags, data } of mounts) {
      try {
        if (target.startsWith('/dev/')) mkdirSync(target, { recursive: true });
        kernel.mount(type, target, type, flags, data);
      } catch (cause) {
        throw new BootError('mount-failed', `${type} could not be mounted on ${target}`, { cause });
      }
    }
    for (const folder of ['/run/bulkhead', '/run/lock']) mkdirSync(folder, { mode: 0o755 });
    return `${mounts.length} mounted`;
  },
};
