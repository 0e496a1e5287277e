import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeFrame, FrameReader } from '../../services/channel/protocol/frame.ts';
import { PROTOCOL_VERSION, type Request, request } from '../../services/channel/protocol/methods.ts';

type Answer = (request: Request, guest: FakeGuest) => unknown;

/** For tests: the guest's end of the control channel, on a real socket where QEMU's would be. */
export class FakeGuest {
  readonly folder = mkdtempSync('/tmp/bh-guest-');
  readonly path = join(this.folder, 'control.sock');
  /** All bytes of each connection, in order. */
  readonly received: Buffer[][] = [];
  readonly requests: Request[] = [];
  socket: Socket | undefined;
  readonly #server: Server;
  readonly #answer: Answer;
  #onConnect: (socket: Socket) => void = () => undefined;

  /** @param answer result for a request; `undefined`: no answer. An object with `error` becomes one. */
  constructor(answer: Answer) {
    this.#answer = answer;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(onConnect?: (socket: Socket) => void): Promise<this> {
    if (onConnect) this.#onConnect = onConnect;
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
    return this;
  }

  reply(id: string, result: unknown): void {
    this.socket?.write(encodeFrame({ jsonrpc: '2.0', id, result }));
  }

  fail(id: string, code: number, message: string, data?: unknown): void {
    this.socket?.write(
      encodeFrame({ jsonrpc: '2.0', id, error: { code, message, ...(data ? { data } : {}) } }),
    );
  }

  async close(): Promise<void> {
    this.socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    this.socket = socket;
    const reader = new FrameReader();
    const pieces: Buffer[] = [];
    this.received.push(pieces);
    socket.on('error', () => undefined); // tests cut connections on purpose
    socket.on('data', (chunk: Buffer) => {
      pieces.push(chunk);
      for (const value of reader.push(chunk)) {
        const parsed = request.parse(value);
        this.requests.push(parsed);
        const result = this.#answer(parsed, this);
        if (result !== undefined) this.reply(parsed.id, result);
      }
    });
    this.#onConnect(socket);
  }
}

export const HELLO = { protocol: PROTOCOL_VERSION, version: '0.1.0', bootId: 'boot-1' };

export const STATUS = {
  version: '0.1.0',
  bootId: 'boot-1',
  kernel: '7.3.4',
  state: 'ready',
  signing: 'development',
  uptime: 1000,
  phases: [],
  services: [],
};
