import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type LogEntry, logEntry } from '../../services/channel/protocol/methods.ts';

/** Bytes of one file, and how many files: together the most that the log takes of the state disk. */
const FILE_BYTES = 512 * 1024;
const FILES = 4;
/** Lines are written together: this often, in milliseconds, or when so many bytes have come together. */
const EVERY = 500;
const AT_ONCE = 64 * 1024;
/** What is before a boot's first line; such a line is no log entry. */
const MARK = '{"boot":';

/**
 * The log on the state disk: `log.0.jsonl` is written, and becomes `log.1.jsonl` when it is full; the oldest goes.
 * When the disk fails, writing ends and is told of once: the log in memory and on the host goes on.
 */
export class LogFiles {
  readonly #folder: string;
  readonly #onProblem: (problem: string) => void;
  #descriptor: number | undefined;
  #size = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param onProblem called once, when nothing more can be kept. */
  constructor(folder: string, onProblem: (problem: string) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
  }

  /** Opens the newest file and marks where this boot begins. */
  open(bootId: string): void {
    this.#guarded(() => {
      this.#openNewest();
      // A line that a power cut cut short ends here.
      this.write(`\n${MARK}${JSON.stringify(bootId)}}`);
      this.flush();
    });
  }

  /** @param line without its newline. */
  write(line: string): void {
    if (this.#descriptor === undefined) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    if (this.#waitingBytes >= AT_ONCE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), EVERY).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(`${this.#waiting.join('\n')}\n`);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#guarded(() => {
      if (this.#size > 0 && this.#size + bytes.length > FILE_BYTES) this.#rotate();
      if (this.#descriptor === undefined) return;
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
      this.#size += bytes.length;
    });
  }

  /** Writes what waits and closes the file: the disk can be unmounted. */
  close(): void {
    this.flush();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The newest entries of the boot before `bootId`, oldest first, at most `limit`, of one source if asked. */
  readLast(bootId: string, limit: number, source?: string): LogEntry[] {
    this.flush();
    const lines: string[] = [];
    for (let number = FILES - 1; number >= 0; number -= 1)
      lines.push(...readLines(join(this.#folder, nameOf(number))));
    return lastBoot(lines, bootId)
      .map(parseEntry)
      .filter((entry) => entry !== undefined && (source === undefined || entry.source === source))
      .slice(-limit) as LogEntry[];
  }

  #openNewest(): void {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
    const descriptor = openSync(join(this.#folder, nameOf(0)), flags | constants.O_NONBLOCK, 0o600);
    const status = fstatSync(descriptor);
    this.#descriptor = descriptor;
    if (!status.isFile()) throw new Error(`${nameOf(0)} is no plain file`);
    this.#size = status.size;
  }

  #rotate(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(join(this.#folder, nameOf(FILES - 1)), { recursive: true, force: true });
    for (let number = FILES - 2; number >= 0; number -= 1) {
      try {
        renameSync(join(this.#folder, nameOf(number)), join(this.#folder, nameOf(number + 1)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    this.#openNewest();
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#descriptor !== undefined) closeSync(this.#descriptor);
      this.#descriptor = undefined;
      this.#onProblem(error instanceof Error ? error.message : String(error));
    }
  }
}

function nameOf(number: number): string {
  return `log.${number}.jsonl`;
}

/** Of a plain file, the first `2 * FILE_BYTES`: whoever has the disk while the VM is off may have put anything there. */
function readLines(path: string): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
  try {
    if (!fstatSync(descriptor).isFile()) return [];
    const buffer = Buffer.alloc(2 * FILE_BYTES);
    let length = 0;
    for (let bytes = -1; bytes !== 0 && length < buffer.length; length += bytes)
      bytes = readSync(descriptor, buffer, length, buffer.length - length, length);
    return buffer.toString('utf8', 0, length).split('\n');
  } finally {
    closeSync(descriptor);
  }
}

/** The lines between the mark of the boot before `bootId` and that of `bootId`. Pure. */
export function lastBoot(lines: readonly string[], bootId: string): readonly string[] {
  const end = lines.lastIndexOf(`${MARK}${JSON.stringify(bootId)}}`);
  if (end < 0) return [];
  // From the front of what is there when its mark is gone: the log was rotated meanwhile.
  const begin = lines.slice(0, end).findLastIndex((line) => line.startsWith(MARK));
  return lines.slice(begin + 1, end);
}

function parseEntry(line: string): LogEntry | undefined {
  try {
    return logEntry.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // cut by a power failure, or not ours
    throw error;
  }
}
