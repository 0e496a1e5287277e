import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { OomReport } from '../../services/channel/protocol/methods.ts';
import { cgroupGone, ifThere } from '../../services/if-there.ts';
import type { Clock } from '../../services/supervisor/clock.ts';
import { readKeyed } from '../metrics/readings.ts';
import { type KernelLog, killedContainers } from './kernel-log.ts';
import { accountKills, noKills, type OomAccount } from './kills.ts';

/** A container at its limit makes the kernel say so a hundred times a second; milliseconds between two looks. */
const PAUSE = 250;
/** Below the services' folder: where containers are, one folder each. */
const CONTAINERS = 'containers';

export interface OomWatchOptions {
  /** Folder of the services' cgroups: `/sys/fs/cgroup/bulkhead`. */
  cgroups: string;
  kernelLog: Pick<KernelLog, 'read'>;
  clock: Clock;
  onKilled(report: OomReport): void;
}

/**
 * Tells of each process that the kernel killed for want of memory, in a service or in a container: memory.events of the
 * group above all counts for everything below it, and the kernel says through inotify when it changes (cgroup-v2.rst).
 * A container's own count is gone as soon as the container is removed: then the kernel's log has its name.
 */
export class OomWatch {
  readonly #options: OomWatchOptions;
  #account: OomAccount = noKills;
  #resting = false;
  #again = false;
  #watcher: FSWatcher | undefined;

  constructor(options: OomWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const look = () => this.#changed();
    this.#watcher = watch(join(this.#options.cgroups, 'memory.events'));
    this.#watcher.on('change', look);
    this.#watcher.on('error', look);
    this.#look();
  }

  stop(): void {
    this.#watcher?.close();
  }

  #changed(): void {
    if (this.#resting) {
      this.#again = true;
      return;
    }
    this.#look();
    this.#resting = true;
    this.#options.clock.after(PAUSE, () => {
      this.#resting = false;
      if (!this.#again && this.#account.open <= 0) return;
      this.#again = false;
      this.#changed();
    });
  }

  #look(): void {
    const { cgroups, kernelLog, onKilled } = this.#options;
    const total = killsOf(cgroups) ?? 0;
    if (total === this.#account.counts.total && this.#account.open <= 0) return;
    const counts = {
      total,
      services: killsBelow(cgroups, (name) => name !== CONTAINERS),
      containers: killsBelow(join(cgroups, CONTAINERS), () => true),
    };
    const { account, reports } = accountKills(this.#account, counts, killedContainers(kernelLog.read()));
    this.#account = account;
    for (const report of reports) onKilled(report);
  }
}

/** Of each group in a folder; of none that has gone since the folder was read. */
function killsBelow(folder: string, counts: (name: string) => boolean): ReadonlyMap<string, number> {
  return new Map(
    listIfThere(folder)
      .filter(counts)
      .flatMap((name) => {
        const kills = killsOf(join(folder, name));
        return kills === undefined ? [] : [[name, kills] as const];
      }),
  );
}

/**
 * Where a group is killed as a whole, the kernel counts the process that it chose twice: at first, and, after it has
 * counted the group, with the others (mm/oom_kill.c, oom_kill_process). Between these, a look finds one too few.
 *
 * @returns undefined when the group has gone
 */
function killsOf(cgroup: string): number | undefined {
  const counts = ifThere(() => readKeyed(readFileSync(join(cgroup, 'memory.events'), 'utf8')), cgroupGone);
  return counts && (counts.get('oom_kill') ?? 0) - (counts.get('oom_group_kill') ?? 0);
}

function listIfThere(folder: string): string[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true }), cgroupGone) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
