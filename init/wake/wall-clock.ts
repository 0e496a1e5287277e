import type { Kernel } from '../kernel/kernel.ts';

/** The VM's clock, as the host sets it. */
export class WallClock {
  readonly #kernel: Pick<Kernel, 'setClock'>;
  #changes = 0;

  constructor(kernel: Pick<Kernel, 'setClock'>) {
    this.#kernel = kernel;
  }

  /** How often the host has set it. */
  get changes(): number {
    return this.#changes;
  }

  /** @param by milliseconds */
  change(by: number): void {
    this.#kernel.setClock(Date.now() + by);
    this.#changes++;
  }
}
