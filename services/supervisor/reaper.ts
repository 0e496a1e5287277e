import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import type { Kernel } from '../../init/kernel/kernel.ts';
import { ifThere, processGone } from '../if-there.ts';
import type { Clock } from './clock.ts';

/** SIGCHLD coalesces, and one could be missed: how often it looks anyway, in milliseconds. */
const LOOK_ANYWAY = 10_000;
/** Reaped in one turn of the event loop. */
const PER_TURN = 1024;

/**
 * Reaps every process that PID 1 inherits, and never one that `node:child_process` spawned: libuv waits for
 * those by their pids, and an `exit` event would never come. Start it before anything is spawned.
 */
export class Reaper {
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #children: () => Iterable<number>;
  readonly #spawned = new Set<ChildProcess>();
  #cancelTimer: (() => void) | undefined;
  #again: NodeJS.Immediate | undefined;
  #reaped = 0;

  /** @param children the pids of all children, zombies included; read from /proc when not given. */
  constructor(
    kernel: Kernel,
    clock: Clock,
    children: () => Iterable<number> = () => childrenOfThisProcess(),
  ) {
    this.#kernel = kernel;
    this.#clock = clock;
    this.#children = children;
  }

  /** Orphans reaped so far. */
  get reaped(): number {
    return this.#reaped;
  }

  start(): void {
    // Node publishes every ChildProcess before it spawns: nobody has to remember to register one.
    subscribe('child_process', this.#onChildProcess);
    process.on('SIGCHLD', this.reap);
    this.#look();
  }

  stop(): void {
    unsubscribe('child_process', this.#onChildProcess);
    process.off('SIGCHLD', this.reap);
    this.#cancelTimer?.();
    clearImmediate(this.#again);
  }

  /** Reaps the orphans that have ended. */
  readonly reap = (): void => {
    for (let turn = 0; turn < PER_TURN; turn += 1) {
      const ended = this.#kernel.peekEndedChild();
      if (ended === undefined) return;
      if (this.#isOwned(ended.pid)) {
        this.#reapBehind();
        return;
      }
      this.#reapOne(ended.pid);
    }
    clearImmediate(this.#again);
    this.#again = setImmediate(this.reap);
  };

  /** waitid shows one zombie only. Where that is libuv's, orphans behind it are found by their pids. */
  #reapBehind(): void {
    for (const pid of this.#children()) {
      if (!this.#isOwned(pid)) this.#reapOne(pid);
    }
  }

  #reapOne(pid: number): void {
    if (this.#kernel.reap(pid) !== undefined) this.#reaped += 1;
  }

  #isOwned(pid: number): boolean {
    for (const child of this.#spawned) if (child.pid === pid) return true;
    return false;
  }

  #look(): void {
    this.reap();
    this.#cancelTimer = this.#clock.after(LOOK_ANYWAY, () => this.#look());
  }

  readonly #onChildProcess = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess };
    this.#spawned.add(child);
    // libuv has waited for it before 'exit' comes: from then on its pid may be anybody's.
    child.prependOnceListener('exit', () => void this.#spawned.delete(child));
    // It is spawned before any microtask runs. Without a pid it could not be, and has nothing to be reaped.
    queueMicrotask(() => {
      if (child.pid === undefined) this.#spawned.delete(child);
    });
  };
}

/** @param threads of this process; one that has ended meanwhile has no children: the kernel gave them to another */
export function* childrenOfThisProcess(threads = readdirSync('/proc/self/task')): Iterable<number> {
  for (const thread of threads) {
    const children = ifThere(() => readFileSync(`/proc/self/task/${thread}/children`, 'utf8'), processGone);
    for (const pid of children?.split(' ') ?? []) if (pid !== '') yield Number(pid);
  }
}
