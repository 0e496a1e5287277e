import { closeSync, type FSWatcher, readdirSync, readFileSync, readlinkSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ifThere, processGone } from '../../services/if-there.ts';
import type { Inherited } from '../../services/supervisor/inherited.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { listeningSockets } from './listening.ts';

/** So many at most, since each is a descriptor of PID 1. */
const MOST = 1000;
/** A socket is bound, then listened on, then given its mode: looking once after that is enough. Milliseconds. */
const SETTLED_AFTER = 50;
/** A service that does nothing but make files gets this part of PID 1's time at most. */
const MOST_TIME = 1 / 10;
/** But it is never longer than this between what happened and the look, milliseconds: a look may have been slow for other reasons. */
const MOST_PAUSE = 5_000;

export interface KeptSocketsOptions {
  kernel: Pick<Kernel, 'takeDescriptor'>;
  /** Folder of the sockets' files. What else is listened on is not kept. */
  folder: string;
  /** How their files are named; others are not kept, as a service is told what it gets by these names. */
  named: RegExp;
  /** The process that listens; undefined while there is none. */
  listener: () => number | undefined;
  /** Told what went wrong: then a crash of the service costs what it would without this. */
  onError: (error: Error) => void;
}

/**
 * Listening sockets of a service, held by PID 1 as well: whoever has one mounted goes on with the service's next run, which
 * gets them again (as systemd's file descriptor store, but the service says nothing: PID 1 looks, and takes by
 * pidfd_getfd(2)). A socket whose file the service has removed is let go.
 */
export class KeptSockets {
  readonly #options: KeptSocketsOptions;
  readonly #kept = new Map<string, { inode: string; descriptor: number }>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = SETTLED_AFTER;
  #lastError = '';

  constructor(options: KeptSocketsOptions) {
    this.#options = options;
  }

  /** Looks whenever something happens in the folder, which must be there. */
  watch(): void {
    this.#watcher ??= watch(this.#options.folder, () => this.#lookSoon()).on('error', this.#options.onError);
  }

  close(): void {
    this.#watcher?.close();
    clearTimeout(this.#timer);
    for (const name of [...this.#kept.keys()]) this.#release(name);
  }

  /** By the names of their files. */
  get inherited(): Inherited[] {
    return [...this.#kept].map(([name, { descriptor }]) => ({ name, descriptor }));
  }

  look(): void {
    const { folder, named, listener, kernel } = this.#options;
    const present = new Set(readdirSync(folder).filter((name) => named.test(name)));
    for (const name of [...this.#kept.keys()]) if (!present.has(name)) this.#release(name);
    const pid = listener();
    if (pid === undefined) return;
    const files = new Map(
      listeningSockets(readFileSync('/proc/net/unix', 'utf8'))
        .filter(({ path }) => dirname(path) === folder && present.has(basename(path)))
        .map(({ inode, path }) => [inode, basename(path)]),
    );
    for (const { inode, descriptor } of socketsOf(pid)) {
      const name = files.get(inode);
      if (name === undefined || this.#kept.get(name)?.inode === inode) continue;
      this.#release(name); // of an earlier run of the container
      if (this.#kept.size >= MOST) throw new Error(`more than ${MOST} sockets in ${folder}`);
      this.#kept.set(name, { inode, descriptor: kernel.takeDescriptor(pid, descriptor) });
    }
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const begun = performance.now();
      try {
        this.look();
        this.#lastError = '';
      } catch (error) {
        this.#report(error instanceof Error ? error : new Error(String(error)));
      }
      const pause = (performance.now() - begun) / MOST_TIME;
      this.#pause = Math.min(Math.max(SETTLED_AFTER, pause), MOST_PAUSE);
    }, this.#pause);
  }

  /** The same one once. */
  #report(error: Error): void {
    if (error.message === this.#lastError) return;
    this.#lastError = error.message;
    this.#options.onError(error);
  }

  #release(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    closeSync(kept.descriptor);
  }
}

/** Open sockets of a process, by inode: proc_pid_fd(5). None when it has just ended. */
function socketsOf(pid: number): { inode: string; descriptor: number }[] {
  const folder = `/proc/${pid}/fd`;
  return (ifThere(() => readdirSync(folder), processGone) ?? []).flatMap((number) => {
    const target = ifThere(() => readlinkSync(`${folder}/${number}`), processGone) ?? '';
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? [] : [{ inode, descriptor: Number(number) }];
  });
}
