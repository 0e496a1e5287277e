import { ChannelClient } from '../../host/channel/client.ts';
import {
  formatPublicKey,
  generateKey,
  type MinisignSecretKey,
  publicKeyOf,
} from '../../policy/minisign/secret-key.ts';
import { signMinisign } from '../../policy/minisign/sign.ts';
import type { SignedDocument } from '../../policy/settings/acceptance.ts';
import type * as z from '../../policy/zod.ts';
import type { MethodName, methods, Result } from '../../services/channel/protocol/methods.ts';
import { deadline } from './deadline.ts';
import type { TestVm } from './vm.ts';

/** An administrator for tests: the same key for the same number. */
export class Administrator {
  readonly organization = 'acme';
  readonly #key: MinisignSecretKey;

  constructor(number = 1) {
    this.#key = generateKey(Buffer.alloc(40, number));
  }

  get publicKey(): string {
    return formatPublicKey(publicKeyOf(this.#key), 'of a test');
  }

  sign(serial: number, settings: object = {}): SignedDocument {
    const bytes = Buffer.from(JSON.stringify({ organization: this.organization, serial, ...settings }));
    return { bytes, signature: signMinisign(bytes, this.#key, 'settings') };
  }
}

/** As it goes over the channel. */
export const onChannel = ({ bytes, signature }: SignedDocument) => ({
  document: Buffer.from(bytes).toString('base64'),
  signature,
});

/** One call over a connection of its own. */
export async function ask<M extends MethodName>(
  vm: TestVm,
  method: M,
  params: z.input<(typeof methods)[M]['params']>,
): Promise<Result<M>> {
  const channel = new ChannelClient(vm.paths.control);
  try {
    return await channel.call(method, params, { timeout: deadline(4) });
  } finally {
    channel.close();
  }
}
