import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { encodeFrame, encodeJsonFrame } from '../services/channel/protocol/frame.ts';
import type { Event } from '../services/channel/protocol/methods.ts';

const PORTS = '/sys/class/virtio-ports';
/** Bytes kept for a host that is slow to read, or not there yet. */
const QUEUE_BYTES = 1024 * 1024;
const RETRY_MS = 50;

/**
 * The device node of the virtio-serial port with this name; there is no udev to make links.
 * @returns undefined when the launcher gave none.
 */
export function portNode(name: string): string | undefined {
  for (const port of listPorts()) {
    if (readFileSync(`${PORTS}/${port}/name`, 'utf8').trim() === name) return `/dev/${port}`;
  }
  return undefined;
}

function listPorts(): string[] {
  try {
    return readdirSync(PORTS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Guest → host events over a port that is only ever written. Bounded: when the host does not read, the oldest
 * frames are dropped and counted. Writing never blocks PID 1.
 */
export class EventPort {
  #descriptor: number | undefined;
  #queue: Buffer[] = [];
  #bytes = 0;
  #offset = 0;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  get dropped(): number {
    return this.#dropped;
  }

  /** Opens the port and sends what has come together so far. */
  open(node: string): void {
    this.#descriptor = openSync(node, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    this.#flush();
  }

  send(event: Event): void {
    this.#enqueue(encodeFrame(event));
  }

  /** A `log` event. @param entry JSON text of a LogEntry: it is not parsed and rendered once more */
  sendLog(entry: string): void {
    this.#enqueue(encodeJsonFrame(`{"kind":"log","entry":${entry}}`));
  }

  #enqueue(frame: Buffer): void {
    this.#queue.push(frame);
    this.#bytes += frame.length;
    while (this.#bytes > QUEUE_BYTES && this.#queue.length > 1) {
      // The first may be half written: the one after it is the oldest that can go.
      const [gone] = this.#queue.splice(this.#offset > 0 ? 1 : 0, 1);
      this.#bytes -= gone?.length ?? 0;
      this.#dropped += 1;
    }
    if (this.#timer === undefined) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#descriptor === undefined) return;
    for (let [frame] = this.#queue; frame !== undefined; [frame] = this.#queue) {
      const written = this.#write(frame, this.#descriptor);
      this.#offset += written;
      if (this.#offset < frame.length) {
        this.#timer = setTimeout(() => this.#flush(), RETRY_MS);
        this.#timer.unref();
        return;
      }
      this.#queue.shift();
      this.#bytes -= frame.length;
      this.#offset = 0;
    }
  }

  #write(frame: Buffer, descriptor: number): number {
    try {
      return writeSync(descriptor, frame, this.#offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN' || code === 'EPIPE') return 0; // nobody reads at the other end yet
      throw error;
    }
  }
}
