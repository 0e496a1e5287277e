import type { Kernel } from '../kernel/kernel.ts';

/** The VM's clock, as the host sets it. */
export class WallClock {
  readonly #kernel: Pick<Kernel, 'setClock'>;
  #onChange: (by: number) => void = () => undefined;

  constructor(kernel: Pick<Kernel, 'setClock'>) {
    this.#kernel = kernel;
  }

  /** @param onChange told by how many milliseconds the host has just set it */
  watch(onChange: (by: number) => void): void {
    this.#onChange = onChange;
  }

  /** @param by milliseconds */
  change(by: number): void {
    this.#kernel.setClock(Date.now() + by);
    this.#onChange(by);
  }
}
