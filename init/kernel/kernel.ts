/** Who sent a datagram, as the kernel says it (unix(7), SCM_CREDENTIALS), in this process's pid namespace. */
export interface Sender {
  /** 0 when the sender is of a pid namespace that this process cannot see. */
  pid: number;
  uid: number;
  gid: number;
}

/** One datagram of an AF_UNIX socket. */
export interface Datagram {
  data: Buffer;
  /** Whether it was longer than what was asked for. */
  truncated: boolean;
  /** Absent when the kernel attached none. */
  sender: Sender | undefined;
}

/** A child that has ended: waitid(2). `code` is an exit status, or a signal's number where `signalled`. */
export interface EndedChild {
  pid: number;
  code: number;
  signalled: boolean;
}

/** What to call when a watched descriptor is no longer of interest. Calling it twice is harmless. */
export interface Watch {
  stop(): void;
}

/**
 * Everything that PID 1 asks of the kernel and that Node has no function for. The real one is
 * `openKernel()` (`ffi.ts`); `FakeKernel` (`fake.ts`) records instead.
 *
 * Every method throws {@link KernelError} when its call fails, unless it says otherwise. Constants for flags
 * are in `constants.ts`.
 */
export interface Kernel {
  /** mount(2). `data`: the file system's own options, comma-separated. */
  mount(source: string, target: string, type: string, flags: number, data?: string): void;
  /** umount2(2). */
  unmount(target: string, flags: number): void;
  /** sync(2): returns when everything is written. Blocks the event loop. */
  sync(): void;
  /** reboot(2). Does not return when `command` restarts or powers off. */
  reboot(command: number): void;
  /** finit_module(2): an open `.ko` (plain, or compressed with `MODULE_INIT_COMPRESSED_FILE`). */
  loadModule(descriptor: number, parameters: string, flags: number): void;
  /** Sets the wall clock: clock_settime(2), CLOCK_REALTIME. `at`: milliseconds since 1970. */
  setClock(at: number): void;
  /** sethostname(2). */
  setHostname(name: string): void;

  /** Any one ended child, left unreaped (waitid(2) with WNOWAIT), or undefined. */
  peekEndedChild(): EndedChild | undefined;
  /** Reaps exactly `pid` if it has ended; undefined if it is still running or no child of ours. */
  reap(pid: number): EndedChild | undefined;

  /**
   * A bound, non-blocking AF_UNIX datagram socket that receives its senders' credentials.
   * A socket file left at `path` is replaced. @returns the descriptor; close it with `fs.closeSync`.
   */
  openDatagram(path: string, mode: number): number;
  /** One datagram, at most `maxBytes` of it; undefined when none is waiting. */
  receive(descriptor: number, maxBytes: number): Datagram | undefined;
  /**
   * Calls `onReadable` from the event loop for as long as `descriptor` is readable (level-triggered; hang-ups
   * count as readable). Keeps the event loop alive. Stop the watch before closing the descriptor.
   */
  watchReadable(descriptor: number, onReadable: () => void): Watch;
  /** poll(2) on one descriptor without waiting. @returns `revents`, 0 for none. */
  poll(descriptor: number, events: number): number;

  /** Another process's open file under a number of this one, close-on-exec: pidfd_getfd(2). */
  takeDescriptor(pid: number, descriptor: number): number;

  /** Sets the IPv4 address of an interface. `prefix`: 0 to 32. netdevice(7). */
  setAddress(networkInterface: string, address: string, prefix: number): void;
  /** Sets an interface's IFF_UP. */
  linkUp(networkInterface: string): void;
  /** Adds the IPv4 default route. */
  addDefaultRoute(gateway: string, networkInterface: string): void;

  /**
   * From now on what this process executes cannot be written, and no other memory becomes executable: PR_SET_MDWE of
   * prctl(2). It cannot be taken back; children are not bound. It takes a Node without its compiler.
   */
  refuseNewCode(): void;

  /** malloc_trim(3): free memory of the C library goes back to the kernel. */
  trimMemory(): void;

  /** Asks for bytes to be read into the page cache in the background: posix_fadvise(2), WILLNEED. */
  prefetch(descriptor: number, offset: number, length: number): void;
}

/** A call to the kernel that failed. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** The call, as in its manual page: `mount`. */
  readonly call: string;
  /** The error's name: `ENOENT`; `E<number>` for one without a name here. */
  readonly code: string;
  readonly errno: number;
  /** What it was called with, for a person. */
  readonly args: readonly unknown[];

  constructor(call: string, code: string, errno: number, args: readonly unknown[]) {
    const shown = args.filter((arg) => arg !== undefined).map((arg) => JSON.stringify(arg));
    super(`${call}(${shown.join(', ')}): ${code}`);
    this.call = call;
    this.code = code;
    this.errno = errno;
    this.args = args;
  }
}
