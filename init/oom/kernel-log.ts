import { constants, openSync, readSync } from 'node:fs';

/** A record is at most this long: its head and PRINTK_MESSAGE_MAX (kernel/printk/internal.h). Bytes. */
const RECORD = 8192;

/**
 * Reads what the kernel has said since the last time, one record at a time (Documentation/ABI/testing/dev-kmsg). What
 * was overwritten meanwhile is lost. A kernel log that cannot be read counts as one that says nothing: what is made of
 * it here has another source, and loses a name.
 */
export class KernelLog {
  readonly #path: string;
  #descriptor: number | undefined;

  constructor(path = '/dev/kmsg') {
    this.#path = path;
  }

  /** Texts of the records, without their heads and what follows in further lines, oldest first. */
  read(): string[] {
    const texts: string[] = [];
    const buffer = Buffer.alloc(RECORD);
    try {
      this.#descriptor ??= openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      for (;;) {
        const record = nextRecord(this.#descriptor, buffer);
        if (record === undefined) return texts;
        const text = recordText(record);
        if (text !== undefined) texts.push(text);
      }
    } catch {
      return texts;
    }
  }
}

/** @returns undefined when there is none yet */
function nextRecord(descriptor: number, buffer: Buffer): string | undefined {
  for (;;) {
    try {
      const length = readSync(descriptor, buffer);
      return length === 0 ? undefined : buffer.toString('utf8', 0, length);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return undefined;
      // records were overwritten before they were read: the next read has the oldest that is left
      if (code !== 'EPIPE') throw error;
    }
  }
}

/** `priority,number,microseconds,flags[,…];text`. Pure. */
export function recordText(record: string): string | undefined {
  return /^[^;\n]*;([^\n]*)/.exec(record)?.[1];
}

/** Paths of the groups that limit it, and that it is in, as the kernel tells of a kill (mm/oom_kill.c, dump_oom_victim). */
const VICTIM = /^oom-kill:constraint=/;
/**
 * The first is right whatever a container calls its own groups and processes: what comes before has no slash, and a
 * group that limits it is either above all containers, or in its own.
 */
const CONTAINER = /,(?:oom|task)_memcg=\/bulkhead\/containers\/([^/,]{1,100})[/,]/;

/** Names of containers of which these records say that a process was killed for want of memory, one a kill. Pure. */
export function killedContainers(texts: readonly string[]): string[] {
  return texts
    .filter((text) => VICTIM.test(text))
    .map((text) => CONTAINER.exec(text)?.[1])
    .filter((name) => name !== undefined);
}
