import type { Clock } from './clock.ts';

/** How long drops are counted before they are told, in milliseconds: a flood must not flood with its drops. */
const TELL_AFTER = 1000;

export interface RateLimitOptions {
  perSecond: number;
  /** What is let through at once. */
  burst: number;
  clock: Clock;
  /** Gets the number of what was held back, at most once a second. */
  onDropped: (count: number) => void;
}

/** Lets a burst through at once and so much a second for long (a token bucket), and counts what it holds back. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #at: number;
  #dropped = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = options.clock.now();
  }

  /** Whether one more may pass now. */
  allows(): boolean {
    const { perSecond, burst, clock } = this.#options;
    const now = clock.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.#dropped += 1;
    this.#cancelTimer ??= clock.after(TELL_AFTER, () => this.flush());
    return false;
  }

  /** Tells of drops now: call it at the end. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#options.onDropped(dropped);
  }
}
