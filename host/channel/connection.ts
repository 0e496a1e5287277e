import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type * as z from '../../policy/zod.ts';
import { encodeFrame, FrameReader } from '../../services/channel/protocol/frame.ts';
import {
  type MethodName,
  methods,
  type Result,
  RPC,
  type RpcError,
  response,
} from '../../services/channel/protocol/methods.ts';
import { HostError } from '../errors.ts';

interface Pending {
  resolve(result: unknown): void;
  reject(error: HostError): void;
}

/**
 * One connection to the control socket, with a session id of its own. Replies that do not bear it were meant
 * for a former connection: QEMU hands over what its guest had still to say.
 */
export class ChannelConnection {
  readonly #socket: Socket;
  readonly #session: string;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<string, Pending>();
  #count = 0;
  #lost: HostError | undefined;

  private constructor(socket: Socket, session: string) {
    this.#socket = socket;
    this.#session = session;
    socket.on('data', (chunk: Buffer) => {
      for (const value of this.#reader.push(chunk)) this.#receive(value);
    });
    socket.on('error', (error) => this.#lose(error));
    socket.on('close', () => this.#lose());
    socket.write('\n'); // ends whatever half line the guest still holds from before
  }

  /** @throws {HostError} `channel-unreachable` */
  static async open(path: string, session = randomBytes(8).toString('hex')): Promise<ChannelConnection> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) => {
        reject(
          new HostError('channel-unreachable', `the control socket ${path} does not open: ${cause.message}`, {
            cause,
          }),
        );
      });
    });
    return new ChannelConnection(socket, session);
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** @param options.timeout milliseconds. @throws {HostError} `channel-…`, `not-yet` */
  async call<M extends MethodName>(
    method: M,
    params: z.input<(typeof methods)[M]['params']>,
    options: { timeout: number; signal?: AbortSignal | undefined },
  ): Promise<Result<M>> {
    options.signal?.throwIfAborted();
    if (this.#lost) throw this.#lost;
    const id = `${this.#session}:${++this.#count}`;
    const reply = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    const timer = setTimeout(() => {
      const error = new HostError(
        'channel-timeout',
        `the guest did not answer ${method} in ${options.timeout} ms`,
      );
      this.#pending.get(id)?.reject(error);
    }, options.timeout);
    const abort = () => this.#pending.get(id)?.reject(new HostError('cancelled', `${method} was cancelled`));
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#socket.write(encodeFrame({ jsonrpc: '2.0', id, method, params }));
      return checkResult(method, await reply);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      this.#pending.delete(id);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(value: unknown): void {
    const parsed = response.safeParse(value);
    if (!parsed.success || parsed.data.id === null) return;
    const pending = this.#pending.get(parsed.data.id);
    if ('error' in parsed.data) pending?.reject(refusal(parsed.data.error));
    else pending?.resolve(parsed.data.result);
  }

  #lose(cause?: Error): void {
    this.#lost ??= new HostError('channel-lost', 'the connection to the guest was lost', { cause });
    for (const { reject } of this.#pending.values()) reject(this.#lost);
  }
}

function checkResult<M extends MethodName>(method: M, result: unknown): Result<M> {
  const parsed = methods[method].result.safeParse(result);
  if (parsed.success) return parsed.data as Result<M>;
  throw new HostError('channel-malformed', `the guest's answer to ${method} has not the agreed shape`, {
    cause: parsed.error,
  });
}

function refusal(error: RpcError): HostError {
  if (error.code === RPC.notYet) return new HostError('not-yet', error.message);
  if (error.data?.code === 'protocol-version') return new HostError('channel-version', error.message);
  // The guest's service was started again and does not know this session: nothing was done.
  if (error.data?.code === 'hello-first')
    return new HostError('channel-lost', 'the guest began a new session');
  const hint = error.data?.hint === undefined ? {} : { hint: error.data.hint };
  const code = error.data === undefined ? '' : ` (${error.data.code})`;
  return new HostError('channel-refused', `the guest refused: ${error.message}${code}`, hint);
}
