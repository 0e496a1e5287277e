import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameReader } from '../../services/channel/protocol/frame.ts';
import { type Event, event } from '../../services/channel/protocol/methods.ts';
import { HostError, hasSystemCode } from '../errors.ts';

const CHUNK = 64 * 1024;
/** inotify does not see every write on every file system; asking the file does. */
const POLL_INTERVAL = 100;

/** All events that QEMU has written to `path`. Frames that are damaged or unknown are left out. */
export async function readEvents(path: string): Promise<Event[]> {
  const file = await openIfThere(path);
  if (file === undefined) return [];
  try {
    return await new EventFile(file).readNew();
  } finally {
    await file.close();
  }
}

/**
 * Yields events as they come, until `signal` aborts. When the file is rotated away (the VM was started
 * again), it goes on with the new one. @param options.from default: `start`
 */
export async function* followEvents(
  path: string,
  options: { signal: AbortSignal; from?: 'start' | 'end' },
): AsyncGenerator<Event, void, void> {
  const { signal } = options;
  let skip = options.from === 'end';
  while (!signal.aborted) {
    const file = await openIfThere(path);
    if (file === undefined) {
      skip = false;
      await pause(signal);
      continue;
    }
    try {
      const events = new EventFile(file);
      if (skip) await events.readNew();
      skip = false;
      while (!signal.aborted) {
        const rotated = await events.isRotated(path); // asked first, so that its last lines are still read
        yield* await events.readNew();
        if (rotated) break;
        await pause(signal);
      }
    } finally {
      await file.close();
    }
  }
}

/**
 * The first event, from the beginning of the file, that `match` accepts.
 * @param options.timeout milliseconds. @throws {HostError} `guest-late`
 */
export async function waitForEvent(
  path: string,
  match: (event: Event) => boolean,
  options: { timeout: number; signal?: AbortSignal },
): Promise<Event> {
  const deadline = AbortSignal.timeout(options.timeout);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  for await (const found of followEvents(path, { signal })) {
    if (match(found)) return found;
  }
  options.signal?.throwIfAborted();
  throw new HostError('guest-late', `the awaited event did not come in ${options.timeout} ms`);
}

class EventFile {
  readonly #file: FileHandle;
  readonly #reader = new FrameReader();
  #position = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async readNew(): Promise<Event[]> {
    const events: Event[] = [];
    for (;;) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#position);
      if (bytesRead === 0) return events;
      this.#position += bytesRead;
      for (const value of this.#reader.push(buffer.subarray(0, bytesRead))) {
        const parsed = event.safeParse(value);
        if (parsed.success) events.push(parsed.data);
      }
    }
  }

  async isRotated(path: string): Promise<boolean> {
    const mine = await this.#file.stat();
    try {
      return (await stat(path)).ino !== mine.ino;
    } catch (error) {
      if (hasSystemCode(error, 'ENOENT')) return true;
      throw error;
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(POLL_INTERVAL, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
