import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BootError } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import type { Phase } from '../phase.ts';

const ROOT = '/sys/fs/cgroup';

/**
 * The one cgroup2 tree. `nsdelegate`: a cgroup namespace is a border that its processes cannot move across
 * (Documentation/admin-guide/cgroup-v2.rst, 'Model of Delegation'). PID 1 has a group of its own with memory
 * that is reclaimed last; services get theirs below `bulkhead`.
 */
export const controlGroups: Phase = {
  name: 'control-groups',
  needs: [],
  onFailure: 'hold',
  run({ kernel }) {
    try {
      kernel.mount(
        'cgroup2',
        ROOT,
        'cgroup2',
        MS_NOSUID | MS_NODEV | MS_NOEXEC,
        'nsdelegate,memory_recursiveprot',
      );
    } catch (cause) {
      throw new BootError('mount-failed', `cgroup2 could not be mounted on ${ROOT}`, { cause });
    }
    const controllers = readFileSync(`${ROOT}/cgroup.controllers`, 'utf8').trim().split(' ');
    const enabled = controllers.map((name) => `+${name}`).join(' ');
    mkdirSync(`${ROOT}/init`);
    writeFileSync(`${ROOT}/init/cgroup.procs`, '0');
    writeFileSync(`${ROOT}/cgroup.subtree_control`, enabled);
    writeFileSync(`${ROOT}/init/memory.low`, String(64 * 1024 * 1024));
    mkdirSync(`${ROOT}/bulkhead`);
    writeFileSync(`${ROOT}/bulkhead/cgroup.subtree_control`, enabled);
    writeFileSync('/proc/self/oom_score_adj', '-1000');
    return controllers.join(' ');
  },
};
