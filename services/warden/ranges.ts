import { FIRST_BASE, RANGE } from './messages.ts';

/** Ranges whose ids all fit into 32 bits. */
const COUNT = Math.floor((2 ** 32 - 1 - FIRST_BASE) / RANGE);

/** Index of the range that an id belongs to; undefined for the VM's own ids. Pure. */
export function rangeOf(id: number): number | undefined {
  const index = Math.floor((id - FIRST_BASE) / RANGE);
  return index >= 0 && index < COUNT ? index : undefined;
}

/**
 * Ranges that the kernel shows in use: of each process, the first line of /proc/PID/uid_map as the VM sees it,
 * `INSIDE OUTSIDE LENGTH`. What runs in a nested user namespace shows ids of its container's range. Pure.
 */
export function rangesInUse(maps: Iterable<string>): Set<number> {
  const used = new Set<number>();
  for (const map of maps) {
    for (const line of map.split('\n')) {
      const outside = /^\s*\d+\s+(\d+)\s+\d+\s*$/.exec(line)?.[1];
      const index = outside === undefined ? undefined : rangeOf(Number(outside));
      if (index !== undefined) used.add(index);
    }
  }
  return used;
}

/**
 * Hands out id ranges: each time the next one that nobody has, so that one just freed rests as long as possible.
 * A range is free when no process shows it and no container is being made with it; nothing on disk depends on it, so
 * there is nothing to write down: the kernel knows (`inUse`).
 */
export class Ranges {
  readonly #inUse: () => Set<number>;
  #next = 0;
  #used: Set<number>;
  readonly #making = new Set<number>();

  /** @param inUse asks the kernel; asked at the start, and again when the ranges have all been gone through */
  constructor(inUse: () => Set<number>) {
    this.#inUse = inUse;
    this.#used = inUse();
  }

  /** First id of a range for a container that is about to be made. @returns undefined when all are in use */
  take(): number | undefined {
    for (let tried = 0; tried < COUNT; tried++) {
      if (this.#next === COUNT) {
        this.#next = 0;
        this.#used = this.#inUse();
      }
      const index = this.#next++;
      if (this.#used.has(index) || this.#making.has(index)) continue;
      this.#making.add(index);
      return FIRST_BASE + index * RANGE;
    }
    return undefined;
  }

  /** The container is made, or is not: from now on its processes speak for it. */
  release(base: number): void {
    const index = rangeOf(base);
    if (index !== undefined) this.#making.delete(index);
  }
}
