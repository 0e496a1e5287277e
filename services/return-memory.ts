import { getHeapStatistics } from 'node:v8';

/** Milliseconds between two looks, which cost nothing to speak of. */
const LOOK = 5_000;
/** Bytes that must have come together since the last collection: one takes ten milliseconds, in which nobody is answered. */
const MORE = 2 * 2 ** 20;

/**
 * A start takes a fifth more memory than what it leads to, and buffers that were used lie about until V8 thinks of a
 * collection, which it does when there are tens of MiB. They go back to the kernel when they have come to {@link MORE}; what a
 * start took does so at the first look. Takes `--expose-gc`.
 * @param trim called after each collection, for memory that is not V8's
 */
export function returnMemory(trim: () => void = () => undefined): void {
  let least = 0;
  const look = () => {
    if (held() - least < MORE) return;
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    trim();
    least = held();
  };
  setInterval(look, LOOK).unref();
}

/** Bytes that V8 has from the kernel, used or not, and those of buffers. */
function held(): number {
  const { total_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}
