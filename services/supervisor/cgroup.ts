import { mkdirSync, readdirSync, readFileSync, rmdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupGone, ifThere } from '../if-there.ts';
import type { CgroupLimits } from './definition.ts';

/**
 * One cgroup of the version 2 hierarchy (Documentation/admin-guide/cgroup-v2.rst). One that does not exist holds
 * no process. Other errors are those of node:fs.
 */
export class Cgroup {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes it, if it is not there, and what lies above it. */
  create(): void {
    mkdirSync(this.path, { recursive: true });
  }

  /**
   * Sets limits, also of one that is there already. What outgrows `memory.max` is killed as a whole: a service that lost
   * one of its processes would be half a service.
   */
  limit(limits: CgroupLimits): void {
    for (const [file, value] of Object.entries(limits)) this.#write(file, String(value));
    if (limits['memory.max'] !== undefined) this.#write('memory.oom.group', '1');
  }

  /** Whether `pid` is in this very cgroup (not in one below). */
  has(pid: number): boolean {
    return this.#read('cgroup.procs').split('\n').includes(String(pid));
  }

  /** SIGKILL for everything in it and below, also for what is just being forked. */
  kill(): void {
    if (this.isPopulated()) writeFileSync(join(this.path, 'cgroup.kill'), '1');
  }

  /** Kills everything in it and below, and removes the cgroups that are right below once they are empty. */
  clear(): void {
    const below = ifThere(() => readdirSync(this.path, { withFileTypes: true }), cgroupGone) ?? [];
    const groups = below.filter((entry) => entry.isDirectory()).map(({ name }) => join(this.path, name));
    this.kill();
    this.whenEmpty(() => {
      for (const group of groups) ifThere(() => rmdirSync(group), [...cgroupGone, 'EBUSY', 'ENOTEMPTY']);
    });
  }

  /** Whether a process, zombies aside, is in it or below. */
  isPopulated(): boolean {
    return /^populated 1$/m.test(this.#read('cgroup.events'));
  }

  /**
   * Calls `callback` once when nothing is left in it: at once if that is so now. The kernel says it through
   * inotify; `check` looks again, for callers that would rather not rely on that alone.
   */
  whenEmpty(callback: () => void): { check: () => void } {
    let stop: (() => void) | undefined;
    let done = false;
    const check = () => {
      if (done || this.isPopulated()) return;
      done = true;
      stop?.();
      callback();
    };
    if (this.isPopulated()) {
      const watcher = watch(join(this.path, 'cgroup.events'));
      watcher.on('change', check);
      watcher.on('error', check);
      stop = () => watcher.close();
    }
    check(); // it may have become empty before the watch was there
    return { check };
  }

  #write(file: string, value: string): void {
    writeFileSync(join(this.path, file), value);
  }

  /** A file of it; nothing when it has been removed. */
  #read(file: string): string {
    return ifThere(() => readFileSync(join(this.path, file), 'utf8'), cgroupGone) ?? '';
  }
}
