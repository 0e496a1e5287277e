/** Lets `burst` through at once and `perSecond` for long (a token bucket), and counts what it holds back. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number | undefined;
  #refused = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** @param at milliseconds, of any clock that does not run backwards. */
  allows(at: number): boolean {
    const passed = at - (this.#at ?? at);
    this.#at = at;
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed * this.#perSecond) / 1000);
    if (this.#tokens < 1) {
      this.#refused += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** How many were refused since the last time this was asked. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
