import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { protectedMemory } from '../../services/cgroup-limits.ts';
import { systemClock } from '../../services/supervisor/clock.ts';
import { BootError } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import { describeKills } from '../oom/kills.ts';
import { OomWatch } from '../oom/watch.ts';
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
  run({ kernel, log, events, clock }) {
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
    // Containers are below it too: they share in what services do not use of it.
    writeFileSync(`${ROOT}/bulkhead/memory.low`, String(protectedMemory));
    writeFileSync('/proc/self/oom_score_adj', '-1000');
    const watch = new OomWatch({
      cgroups: `${ROOT}/bulkhead`,
      clock: systemClock,
      onKilled: (oom) => {
        log.write('warn', 'init', describeKills(oom), { oom });
        events.send({ kind: 'oom', at: clock(), oom });
      },
    });
    watch.start();
    return controllers.join(' ');
  },
};
