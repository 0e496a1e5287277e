import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { protectedMemory } from '../../services/cgroup-limits.ts';
import { CONTAINERS_CGROUP } from '../../services/dockerd/configuration.ts';
import { systemClock } from '../../services/supervisor/clock.ts';
import { BootError } from '../failure.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../kernel/constants.ts';
import { KernelLog } from '../oom/kernel-log.ts';
import { describeKills } from '../oom/kills.ts';
import { OomWatch } from '../oom/watch.ts';
import type { Phase } from '../phase.ts';

const ROOT = '/sys/fs/cgroup';
/** Of the processes and threads that the kernel has at most: all containers together. */
const CONTAINERS_SHARE = 0.75;

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
    leaveProcesses();
    writeFileSync('/proc/self/oom_score_adj', '-1000');
    const watch = new OomWatch({
      cgroups: `${ROOT}/bulkhead`,
      kernelLog: new KernelLog(),
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

/**
 * A container's own limit (`bulkhead.pidsLimit`) may be more than the kernel makes at all, which depends on memory
 * (kernel.threads-max): with 2 GiB one fork bomb left PID 1 and the engine without any.
 */
function leaveProcesses(): void {
  const most = Number(readFileSync('/proc/sys/kernel/threads-max', 'utf8'));
  mkdirSync(`${ROOT}${CONTAINERS_CGROUP}`);
  writeFileSync(`${ROOT}${CONTAINERS_CGROUP}/pids.max`, String(Math.floor(most * CONTAINERS_SHARE)));
}
