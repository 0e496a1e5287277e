import * as z from '../../policy/zod.ts';
import { MOST_REVOKED } from '../../services/channel/protocol/methods.ts';
import { BootError } from '../failure.ts';
import type { StateStore } from './store.ts';

/** `revoked.json` on the state disk. Whoever has that disk offline can take entries away; docs/api.md says so. */
const record = z.strictObject({
  format: z.literal(1),
  fingerprints: z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/))).check(z.maxLength(MOST_REVOKED)),
});

/** Client certificates that are no longer good, by SHA-256. Only ever more of them. */
export class Revocations {
  readonly #store: Pick<StateStore, 'read' | 'write'>;
  #list: readonly string[] = [];

  constructor(store: Pick<StateStore, 'read' | 'write'>) {
    this.#store = store;
  }

  get list(): readonly string[] {
    return this.#list;
  }

  /** @throws {BootError} `state-disk-damaged`: a list that cannot be read is not taken for an empty one */
  load(): void {
    const data = this.#store.read('revoked.json');
    if (data === undefined) return;
    try {
      this.#list = record.parse(JSON.parse(data.toString('utf8'))).fingerprints;
    } catch (cause) {
      throw new BootError('state-disk-damaged', 'the list of revoked certificates cannot be read', { cause });
    }
  }

  /** On the disk when it returns. @returns false when there are too many */
  add(fingerprints: readonly string[]): boolean {
    const list = [...new Set([...this.#list, ...fingerprints])].sort();
    if (list.length > MOST_REVOKED) return false;
    this.#store.write('revoked.json', JSON.stringify({ format: 1, fingerprints: list }));
    this.#list = list;
    return true;
  }
}
