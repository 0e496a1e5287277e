import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageReader } from '../../services/warden/wire.ts';

/** Stands in for /run/bulkhead: what the client looks for there, with a crun that tells how it was called. */
export class RunFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'bhr-'));

  constructor() {
    for (const name of ['libexec', 'warden', 'containers', 'staging']) mkdirSync(join(this.path, name));
    const crun = join(this.path, 'libexec/crun');
    writeFileSync(
      crun,
      '#!/bin/sh\nprintf "crun"; for a; do printf "|%s" "$a"; done; echo; /usr/bin/env; /usr/bin/stat -L -c "stdin %t:%T on %d" /dev/stdin; PATH=/usr/bin:/bin; cat /proc/self/oom_score_adj; grep CapBnd /proc/self/status; exit 0\n',
      {
        mode: 0o755,
      },
    );
  }

  get socket(): string {
    return join(this.path, 'warden/runtime.sock');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A warden that says what a test wants it to. */
export class FakeWarden {
  readonly heard: string[][] = [];
  readonly #server: Server;

  /** @param answer bytes to send after the n-th message (from 0); undefined: silence; null: hang up */
  constructor(answer: (message: number) => Buffer | null | undefined) {
    this.#server = createServer((socket: Socket) => {
      const reader = new MessageReader();
      socket.on('error', () => undefined); // the client may end at any time
      socket.on('data', (chunk: Buffer) => {
        for (const message of reader.push(chunk)) {
          const bytes = answer(this.heard.length);
          this.heard.push(message.map(String));
          if (bytes === null) socket.destroy();
          else if (bytes !== undefined) socket.write(bytes);
        }
      });
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
