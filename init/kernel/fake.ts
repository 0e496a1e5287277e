import { openSync } from 'node:fs';
import type { Datagram, EndedChild, Kernel, Watch } from './kernel.ts';

/** One call that was made. */
export interface KernelCall {
  name: keyof Kernel;
  args: readonly unknown[];
}

/**
 * A kernel for unit tests: writes every call down, does nothing, and answers from what a test put in.
 * `failures` maps a call's name to what it throws.
 */
export class FakeKernel implements Kernel {
  readonly calls: KernelCall[] = [];
  readonly failures = new Map<keyof Kernel, Error>();
  /** Zombies, the oldest first: `peekEndedChild` and `reap` see them. */
  zombies: EndedChild[] = [];
  /** What `receive` answers, by descriptor. */
  readonly datagrams = new Map<number, Datagram[]>();
  /** What `poll` answers, by descriptor. */
  readonly polled = new Map<number, number>();
  /** What `openDatagram` bound, by path. */
  readonly sockets = new Map<string, number>();
  readonly #watches = new Map<number, () => void>();

  /** The calls of one name, as argument lists. */
  callsOf(name: keyof Kernel): (readonly unknown[])[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args);
  }

  /** Lets `datagram` arrive at the socket bound to `path`, and whoever watches it know. */
  deliver(path: string, datagram: Datagram): void {
    const descriptor = this.sockets.get(path);
    if (descriptor === undefined) throw new Error(`nothing is bound to ${path}`);
    this.datagrams.set(descriptor, [...(this.datagrams.get(descriptor) ?? []), datagram]);
    this.#watches.get(descriptor)?.();
  }

  mount(source: string, target: string, type: string, flags: number, data?: string): void {
    this.#record('mount', source, target, type, flags, data);
  }

  unmount(target: string, flags: number): void {
    this.#record('unmount', target, flags);
  }

  sync(): void {
    this.#record('sync');
  }

  reboot(command: number): void {
    this.#record('reboot', command);
  }

  loadModule(descriptor: number, parameters: string, flags: number): void {
    this.#record('loadModule', descriptor, parameters, flags);
  }

  setClock(at: number): void {
    this.#record('setClock', at);
  }

  setHostname(name: string): void {
    this.#record('setHostname', name);
  }

  peekEndedChild(): EndedChild | undefined {
    this.#record('peekEndedChild');
    return this.zombies[0];
  }

  reap(pid: number): EndedChild | undefined {
    this.#record('reap', pid);
    const ended = this.zombies.find((zombie) => zombie.pid === pid);
    this.zombies = this.zombies.filter((zombie) => zombie !== ended);
    return ended;
  }

  openDatagram(path: string, mode: number): number {
    this.#record('openDatagram', path, mode);
    const descriptor = openSync('/dev/null', 'r'); // one that its user can close
    this.sockets.set(path, descriptor);
    return descriptor;
  }

  receive(descriptor: number, maxBytes: number): Datagram | undefined {
    this.#record('receive', descriptor, maxBytes);
    return this.datagrams.get(descriptor)?.shift();
  }

  watchReadable(descriptor: number, onReadable: () => void): Watch {
    this.#record('watchReadable', descriptor);
    this.#watches.set(descriptor, onReadable);
    return { stop: () => void this.#watches.delete(descriptor) };
  }

  poll(descriptor: number, events: number): number {
    this.#record('poll', descriptor, events);
    return this.polled.get(descriptor) ?? 0;
  }

  takeDescriptor(pid: number, descriptor: number): number {
    this.#record('takeDescriptor', pid, descriptor);
    return openSync('/dev/null', 'r'); // one that its user can close
  }

  setAddress(networkInterface: string, address: string, prefix: number): void {
    this.#record('setAddress', networkInterface, address, prefix);
  }

  linkUp(networkInterface: string): void {
    this.#record('linkUp', networkInterface);
  }

  addDefaultRoute(gateway: string, networkInterface: string): void {
    this.#record('addDefaultRoute', gateway, networkInterface);
  }

  refuseNewCode(): void {
    this.#record('refuseNewCode');
  }

  trimMemory(): void {
    this.#record('trimMemory');
  }

  prefetch(descriptor: number, offset: number, length: number): void {
    this.#record('prefetch', descriptor, offset, length);
  }

  #record(name: keyof Kernel, ...args: readonly unknown[]): void {
    this.calls.push({ name, args });
    const failure = this.failures.get(name);
    if (failure !== undefined) throw failure;
  }
}
