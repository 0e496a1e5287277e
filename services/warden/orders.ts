import { readFileSync, statSync } from 'node:fs';
import { type Orders, orders } from '../../policy/runtime/orders.ts';

/** What PID 1 decided, as of now: the file is looked at each time and read when it is another one. */
export class OrdersFile {
  readonly #path: string;
  #seen: bigint | undefined;
  #orders: Orders | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {Error} when there are none: nothing may be decided without */
  current(): Orders {
    try {
      // A new version is renamed into place: it is another inode, with another time (rename(2)).
      const { ino, ctimeNs } = statSync(this.#path, { bigint: true });
      const seen = ino ^ (ctimeNs << 20n);
      if (this.#orders === undefined || this.#seen !== seen) {
        this.#orders = orders.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
        this.#seen = seen;
      }
      return this.#orders;
    } catch (cause) {
      throw new Error('the settings in force cannot be read: nothing is decided without them', { cause });
    }
  }
}
