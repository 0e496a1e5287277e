import type * as z from '../../policy/zod.ts';
import {
  type MethodName,
  type methods,
  PROTOCOL_VERSION,
  type Result,
} from '../../services/channel/protocol/methods.ts';
import { HostError, isHostError } from '../errors.ts';
import { ChannelConnection } from './connection.ts';

export interface CallOptions {
  /** Milliseconds. @default 10000 */
  timeout?: number;
  signal?: AbortSignal | undefined;
}

/** A guest whose service began anew may have lost the hello: say it again after this (ms), then twice that, … */
const HELLO_INTERVAL = 1500;
/**
 * After this long (ms) without an answer the connection itself is in doubt. QEMU holds back for ever what the guest says
 * when the former client went while its guest had no room for input: the write that fails closes the connection, and only
 * then is the port throttled, with nobody left to release it (hw/char/virtio-console.c, flush_buf; chardev/char-socket.c,
 * tcp_chr_write). The next disconnection releases it.
 */
const CONNECTION_IN_DOUBT = 6000;

/**
 * The host's end of the control channel. Connects on first use and again after the connection was lost;
 * calls that were under way then fail with `channel-lost`, since nobody knows whether they took effect.
 *
 * QEMU serves one client of this socket at a time: `close()` it as soon as it is no longer needed.
 */
export class ChannelClient {
  readonly #path: string;
  readonly #name: string;
  readonly #timeout: number;
  #connection: ChannelConnection | undefined;
  #greeting: Promise<Result<'hello'>> | undefined;

  /** @param options.client how this program calls itself in the guest's log */
  constructor(path: string, options: { client?: string; timeout?: number } = {}) {
    this.#path = path;
    this.#name = options.client ?? `bulkhead host (pid ${process.pid})`;
    this.#timeout = options.timeout ?? 10_000;
  }

  /** Connects and agrees on the protocol's version. @throws {HostError} `channel-…` */
  async connect(options: CallOptions = {}): Promise<Result<'hello'>> {
    if (this.#connection?.lost) this.close();
    this.#greeting ??= this.#greet(options);
    try {
      return await this.#greeting;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws {HostError} `channel-…`, `not-yet`, `cancelled` */
  async call<M extends MethodName>(
    method: M,
    params: z.input<(typeof methods)[M]['params']>,
    options: CallOptions = {},
  ): Promise<Result<M>> {
    await this.connect(options);
    const timeout = options.timeout ?? this.#timeout;
    if (this.#connection === undefined) throw new HostError('channel-lost', 'the channel was closed');
    try {
      return await this.#connection.call(method, params, { timeout, signal: options.signal });
    } catch (error) {
      if (isHostError(error, 'channel-lost')) this.close(); // the next call begins a new session
      throw error;
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#greeting = undefined;
  }

  async #greet(options: CallOptions): Promise<Result<'hello'>> {
    const timeout = options.timeout ?? this.#timeout;
    const deadline = performance.now() + timeout;
    let calls: Promise<Result<'hello'> | undefined>[] = [];
    for (let interval = HELLO_INTERVAL; ; interval *= 2) {
      const left = deadline - performance.now();
      if (left <= 0) throw new HostError('channel-timeout', `the guest did not answer in ${timeout} ms`);
      if (this.#connection === undefined || interval >= CONNECTION_IN_DOUBT) {
        this.#connection?.close();
        this.#connection = await ChannelConnection.open(this.#path);
        calls = [];
      }
      // A slow guest may answer an earlier one: all of a connection stay open.
      calls.push(this.#hello(this.#connection, left, options.signal));
      const guest = await firstAnswer(calls, Math.min(interval, left));
      if (guest?.protocol === PROTOCOL_VERSION) return guest;
      if (guest !== undefined) {
        const versions = `protocol ${guest.protocol}, this launcher protocol ${PROTOCOL_VERSION}`;
        throw new HostError('channel-version', `the guest speaks ${versions}`);
      }
    }
  }

  async #hello(connection: ChannelConnection, timeout: number, signal: AbortSignal | undefined) {
    try {
      const params = { protocol: PROTOCOL_VERSION, client: this.#name };
      return await connection.call('hello', params, { timeout, signal });
    } catch (error) {
      if (isHostError(error, 'channel-timeout')) return undefined;
      throw error;
    }
  }
}

/** @returns undefined when none came within `interval` milliseconds. @throws what the first that failed threw */
async function firstAnswer<T>(
  calls: readonly Promise<T | undefined>[],
  interval: number,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, interval, undefined);
  });
  try {
    return await Promise.race([...calls, pause]);
  } finally {
    clearTimeout(timer);
  }
}
