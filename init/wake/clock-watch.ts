import { setTimeout as sleep } from 'node:timers/promises';

/** How often it looks, milliseconds: the VM does not hear that it slept. */
const EVERY = 5_000;
/** The machine's clock counts whole seconds: less than this may be rounding. Milliseconds. */
const THRESHOLD = 1_500;
/** How often it looks for the moment in which a second begins. */
const EDGE_EVERY = 5;
/** Seen so late, a moment is exact enough; milliseconds. */
const EXACT = 20;
/** Of so many, the most exact counts where none is: a busy machine looks late. */
const MOST_EDGES = 5;
/** A clock whose seconds do not change in this time does not go. */
const EDGE_PATIENCE = 60_000;

export interface ClockWatchOptions {
  /** The machine's clock, which goes on while the VM sleeps: whole seconds since 1970; undefined when it does not tell now. */
  readMachineClock(): number | undefined;
  /** Milliseconds since 1970, with fractions. */
  now(): number;
  setClock(at: number): void;
  /** It was wrong by so many milliseconds, and is right now. */
  onCorrected(by: number): void;
}

/** Whether the wall clock is so far from `machine` that the VM must have slept. Pure. All in milliseconds. */
export function hasSlept(now: number, machine: number, bias: number): boolean {
  return Math.abs(now - (machine + bias)) > THRESHOLD;
}

/**
 * Sets the wall clock right after the host slept or QEMU was stopped: Linux's clock stands still meanwhile, the
 * machine's (RTC) does not. How far the two were apart before is measured to the moment in which a second begins, once;
 * what the host sets the clock by is added. So a sleep makes it no worse than it was, however soon after that it comes.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  /** Milliseconds that the wall clock is ahead of the machine's while it is right; to a second until that is measured. */
  #bias = 0;
  #measured = false;
  /** How often the host has set the clock. */
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  /** @returns milliseconds that the wall clock is ahead of the machine's @throws {RangeError} for one that stands still */
  async begin(): Promise<number> {
    this.#takeAsRight();
    await this.#measure();
    this.#again();
    return this.#bias;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The host has just set the clock. @param by milliseconds */
  changed(by: number): void {
    this.#changes += 1;
    this.#bias += by;
    // One that sets it after a sleep, and by more than a clock is off without one, has set it right itself.
    if (Math.abs(by) > THRESHOLD && this.#hasSlept()) this.#takeAsRight();
  }

  /** Looks now. */
  async look(): Promise<void> {
    const { now, setClock, onCorrected } = this.#options;
    if (!this.#hasSlept()) return this.#measured ? undefined : this.#measure();
    const changes = this.#changes;
    const by = this.#bias - (await this.#ahead());
    if (changes !== this.#changes) return; // what it has looked at is no longer so
    setClock(now() + by);
    onCorrected(by);
  }

  #hasSlept(): boolean {
    const machine = this.#options.readMachineClock();
    return machine !== undefined && hasSlept(this.#options.now(), machine * 1000, this.#bias);
  }

  /** As well as it can be told at once. */
  #takeAsRight(): void {
    const machine = this.#options.readMachineClock();
    if (machine !== undefined) this.#bias = this.#options.now() - machine * 1000;
    this.#measured = false;
  }

  async #measure(): Promise<void> {
    let changes: number;
    let ahead: number;
    do {
      changes = this.#changes;
      ahead = await this.#ahead();
    } while (changes !== this.#changes);
    if (Math.abs(ahead - this.#bias) > THRESHOLD) return; // it has slept meanwhile: the next look sees that
    this.#bias = ahead;
    this.#measured = true;
  }

  /**
   * Milliseconds that the wall clock is ahead of the machine's: looked at when one of the machine's seconds begins, and
   * believed to half of the time between that look and the one before.
   */
  async #ahead(): Promise<number> {
    const { readMachineClock, now } = this.#options;
    let best = { late: Number.POSITIVE_INFINITY, ahead: 0 };
    let edges = 0;
    const end = performance.now() + EDGE_PATIENCE;
    let second = readMachineClock();
    for (let looked = performance.now(); ; ) {
      await sleep(EDGE_EVERY);
      const next = readMachineClock();
      const at = performance.now();
      const late = at - looked;
      looked = at;
      // more than a second at once is a sleep, and no moment in which one began
      if (second !== undefined && next === second + 1) {
        edges += 1;
        if (late < best.late) best = { late, ahead: now() - late / 2 - next * 1000 };
        if (best.late <= EXACT || edges === MOST_EDGES) return best.ahead;
      } else if (at > end) throw new RangeError('the clock of the machine stands still');
      second = next;
    }
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      void this.look()
        .catch((error: unknown) => {
          if (!(error instanceof RangeError)) throw error; // a clock that stands still is looked at again
        })
        .finally(() => this.#again());
    }, EVERY).unref();
  }
}
