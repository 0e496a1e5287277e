import { connect, type Socket } from 'node:net';
import { HostError } from '../errors.ts';

interface Reply {
  readonly id?: string;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** QEMU's own control socket (https://qemu-project.gitlab.io/qemu/interop/qmp-spec.html). One client at a time. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending = new Map<string, Pending>();
  #count = 0;
  #rest = '';
  #greeted!: Pending;
  readonly #greeting = new Promise<unknown>((resolve, reject) => {
    this.#greeted = { resolve, reject };
  });

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    this.#greeting.catch(() => undefined); // whoever waits for it sees it; nobody may be waiting yet
  }

  /** @param options.timeout milliseconds until greeting and capabilities are through. @throws {HostError} */
  static async connect(path: string, options: { timeout?: number } = {}): Promise<QmpClient> {
    const client = new QmpClient(connect(path));
    try {
      await client.#within(client.#greeting, options.timeout ?? 5000);
      await client.execute('qmp_capabilities', undefined, options);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @returns QEMU's `return` value. @throws {HostError} `qemu-failed` */
  async execute(command: string, args?: object, options: { timeout?: number } = {}): Promise<unknown> {
    const id = String(++this.#count);
    const reply = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute: command, id, ...(args ? { arguments: args } : {}) })}\n`);
    try {
      return await this.#within(reply, options.timeout ?? 5000);
    } finally {
      this.#pending.delete(id);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#receive(line);
  }

  #receive(line: string): void {
    const reply = JSON.parse(line) as Reply & { QMP?: unknown };
    if ('QMP' in reply) this.#greeted.resolve(reply.QMP);
    const pending = reply.id === undefined ? undefined : this.#pending.get(reply.id);
    if (reply.error) pending?.reject(new HostError('qemu-failed', `QEMU refused: ${reply.error.desc}`));
    else pending?.resolve(reply.return);
  }

  #fail(cause: Error): void {
    const error = new HostError('qemu-failed', `QEMU's control socket: ${cause.message}`, { cause });
    this.#greeted.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
  }

  async #within<T>(promise: Promise<T>, timeout: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new HostError('qemu-failed', `QEMU's control socket did not answer in ${timeout} ms`);
      timer = setTimeout(reject, timeout, error);
    });
    return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }
}
