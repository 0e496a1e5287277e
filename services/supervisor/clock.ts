/** Time, as supervision sees it. Tests pass one that they turn by hand. */
export interface Clock {
  /** Milliseconds since the kernel started. */
  now(): number;
  /** Calls `callback` once after `milliseconds`. @returns what cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** CLOCK_MONOTONIC, whose zero on Linux is the kernel's start; it stands still while the machine sleeps. */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
