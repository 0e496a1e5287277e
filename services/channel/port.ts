import { read, write } from 'node:fs';
import { FrameReader } from './protocol/frame.ts';

const READ_BYTES = 64 * 1024;
/** How often an unconnected port is looked at, milliseconds: a host notices no more, and an idle VM wakes up for it. */
const CONNECT_POLL_MS = 250;
/** Answers kept for a host that does not read them, bytes. */
const QUEUE_BYTES = 8 * 1024 * 1024;

/** What happens on a port. */
export interface PortListener {
  onValue(value: unknown): void;
  /** The host's end has gone: what was half said is void. */
  onDisconnect(): void;
}

/**
 * A virtio-serial port (drivers/char/virtio_console.c) as a stream of frames. `read` gives 0 bytes at once while
 * no host is connected and otherwise waits in a thread of libuv's pool; `write` waits while none is.
 */
export class Port {
  readonly #descriptor: number;
  readonly #listener: PortListener;
  readonly #reader = new FrameReader();
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #queue: Buffer[] = [];
  #queued = 0;
  #writing = false;
  #connected = false;

  /** @param descriptor open for reading and writing, blocking */
  constructor(descriptor: number, listener: PortListener) {
    this.#descriptor = descriptor;
    this.#listener = listener;
    this.#read();
  }

  /** Sends a frame; dropped when too much waits already: its reader is gone or asks faster than it reads. */
  send(frame: Buffer): boolean {
    if (this.#queued + frame.length > QUEUE_BYTES) return false;
    this.#queue.push(frame);
    this.#queued += frame.length;
    if (!this.#writing) this.#write();
    return true;
  }

  #read(): void {
    read(this.#descriptor, this.#buffer, 0, READ_BYTES, null, (error, bytes) => {
      if (error !== null && error.code !== 'EAGAIN' && error.code !== 'EINTR') throw error;
      if (error !== null || bytes === 0) {
        if (bytes === 0) this.#disconnected();
        setTimeout(() => this.#read(), CONNECT_POLL_MS);
        return;
      }
      this.#connected = true;
      for (const value of this.#reader.push(this.#buffer.subarray(0, bytes))) this.#listener.onValue(value);
      this.#read();
    });
  }

  #disconnected(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#reader.reset();
    // The frame being written stays: the next host drops its rest as no valid frame.
    this.#queue = [];
    this.#queued = 0;
    this.#listener.onDisconnect();
  }

  #write(): void {
    const frame = this.#queue.shift();
    this.#writing = frame !== undefined;
    if (frame === undefined) return;
    this.#queued -= frame.length;
    this.#writeFrom(frame, 0);
  }

  #writeFrom(frame: Buffer, offset: number): void {
    write(this.#descriptor, frame, offset, frame.length - offset, null, (error, bytes) => {
      if (error !== null && error.code !== 'EAGAIN' && error.code !== 'EINTR') throw error;
      const next = offset + (error === null ? bytes : 0);
      if (next < frame.length) this.#writeFrom(frame, next);
      else this.#write();
    });
  }
}
