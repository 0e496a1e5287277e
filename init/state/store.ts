import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../failure.ts';

/** Mount point of the state disk. */
export const STATE_FOLDER = '/var/bulkhead';

/** All that is kept there. */
export type StateFile = 'settings.json' | 'version.json' | 'revoked.json' | 'boot.json';

/** More than any of them can have, bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Files that outlive a boot. Whoever has the disk while the VM is off may have written them: what is read is a plain
 * file of bounded size, never a link or a device, and still has to be parsed as something foreign.
 */
export class StateStore {
  readonly #folder: string;

  constructor(folder = STATE_FOLDER) {
    this.#folder = folder;
  }

  /** @returns undefined when there is none @throws {BootError} `state-disk-damaged` */
  read(name: StateFile): Buffer | undefined {
    const path = join(this.#folder, name);
    const descriptor = openPlain(path);
    if (descriptor === undefined) return undefined;
    try {
      const status = fstatSync(descriptor);
      if (!status.isFile()) throw damaged(path, 'is no plain file');
      if (status.size > MOST_BYTES) throw damaged(path, `has ${status.size} bytes`);
      return readWhole(descriptor, status.size);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Replaces the file, whole or not at all, and returns when that is on the disk (rename(2), fsync(2)). */
  write(name: StateFile, data: string): void {
    const path = join(this.#folder, name);
    const next = `${path}.new`;
    rmSync(next, { recursive: true, force: true });
    const descriptor = openSync(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      const bytes = Buffer.from(data);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, path);
    const folder = openSync(this.#folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

/** Not through a link, and without waiting for a FIFO's other end (open(2)). */
function openPlain(path: string): number | undefined {
  try {
    return openSync(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw damaged(path, 'is a link');
    throw damaged(path, `cannot be opened (${code})`, error);
  }
}

function readWhole(descriptor: number, size: number): Buffer {
  const buffer = Buffer.alloc(size);
  let at = 0;
  for (let bytes = -1; bytes !== 0 && at < size; at += bytes)
    bytes = readSync(descriptor, buffer, at, size - at, at);
  return buffer.subarray(0, at);
}

function damaged(path: string, what: string, cause?: unknown): BootError {
  return new BootError('state-disk-damaged', `${path} ${what}`, cause === undefined ? {} : { cause });
}
