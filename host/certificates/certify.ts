import type { ChannelClient } from '../channel/client.ts';
import { HostError, isHostError } from '../errors.ts';
import { waitUntil } from '../machine/wait.ts';
import type { Authority } from './authority.ts';

/**
 * Gives the guest its TLS certificate: fetches its request as soon as its key is made, certifies it, and
 * installs the certificate with the CA that clients must come from. Needed once a boot.
 * @param options.timeout milliseconds for all of it
 * @throws {HostError} `guest-late`, `certificate-refused`, `channel-…`
 */
export async function certifyGuest(
  channel: ChannelClient,
  authority: Authority,
  options: { timeout: number; signal?: AbortSignal | undefined },
): Promise<{ fingerprint: string }> {
  const { signal } = options;
  const request = await waitUntil(() => requestOf(channel, signal), {
    timeout: options.timeout,
    interval: 250,
    signal,
  });
  if (request === undefined) {
    throw new HostError('guest-late', `the guest made no TLS key in ${Math.round(options.timeout / 1000)} s`);
  }
  const certificate = await authority.issueServer(request);
  return await channel.call(
    'certificate.install',
    { certificate, authority: authority.certificate },
    { timeout: 30_000, signal },
  );
}

async function requestOf(
  channel: ChannelClient,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await channel.call('certificate.request', {}, { timeout: 30_000, signal })).request;
  } catch (error) {
    // Not made yet; or the channel service was started again meanwhile, and a new connection will find it.
    if (isHostError(error, 'not-yet', 'channel-lost', 'channel-timeout')) return undefined;
    throw error;
  }
}
