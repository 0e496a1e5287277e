import type { Clock } from './clock.ts';
import type { PowerMode } from './power-mode.ts';

/** Requests that come so soon after the first one are the same one: a button bounces, a host asks twice. Milliseconds. */
const SAME_REQUEST = 2000;

export interface PowerSwitchOptions {
  clock: Clock;
  begin(mode: PowerMode): void;
  /** Nothing is waited for any more. */
  hasten(): void;
}

/** Who asks first, by channel, power button or signal, begins the shutdown; who asks again hastens it, once. */
export class PowerSwitch {
  readonly #options: PowerSwitchOptions;
  #begun: number | undefined;
  #hastened = false;

  constructor(options: PowerSwitchOptions) {
    this.#options = options;
  }

  request(mode: PowerMode): void {
    const { clock, begin, hasten } = this.#options;
    if (this.#begun === undefined) {
      this.#begun = clock();
      begin(mode);
    } else if (!this.#hastened && clock() - this.#begun > SAME_REQUEST) {
      this.#hastened = true;
      hasten();
    }
  }
}
