import type { SignedDocument } from '../../policy/settings/acceptance.ts';
import type { Asked, SettingsNote } from '../../services/channel/protocol/methods.ts';
import type { ChannelClient } from '../channel/client.ts';
import { HostError, isHostError } from '../errors.ts';
import type { OnProgress } from '../machine/progress.ts';
import { waitUntil } from '../machine/wait.ts';
import type { SettingsDocuments } from './gather.ts';

/** As a signed document goes over the channel. */
export function onChannel({ bytes, signature }: SignedDocument): { document: string; signature: string } {
  return { document: Buffer.from(bytes).toString('base64'), signature };
}

/** What `settings.submit` is asked with. Pure. */
export function submission(documents: SettingsDocuments): Asked<'settings.submit'> {
  const { admin, user, allowedOrganizations = [], required = false } = documents;
  return {
    ...(admin && { admin: onChannel(admin) }),
    ...(user && { user: Buffer.from(user).toString('base64') }),
    allowedOrganizations: [...allowedOrganizations],
    required,
  };
}

/**
 * Tells the guest what this machine has of settings, once a boot, and the user what came of it. A guest that has sealed
 * its settings already takes no more; that is said, and is no reason to give up the boot.
 * @param options.timeout milliseconds for all of it
 * @throws {HostError} `guest-late`, `channel-…`
 */
export async function submitSettings(
  channel: ChannelClient,
  documents: SettingsDocuments,
  options: { timeout: number; signal?: AbortSignal | undefined; onProgress: OnProgress },
): Promise<void> {
  const { timeout, signal, onProgress } = options;
  const submit = async (): Promise<SettingsNote[] | undefined> => {
    try {
      return (await channel.call('settings.submit', submission(documents), { timeout, signal })).notes;
    } catch (error) {
      // The guest's service was started again, and the words may be lost: said twice, the second is refused.
      if (isHostError(error, 'channel-lost')) return undefined;
      if (isHostError(error, 'channel-refused'))
        return [{ level: 'warn', message: error.message, hint: error.hint }];
      throw error;
    }
  };
  const notes = await waitUntil(submit, { timeout, interval: 250, signal });
  if (notes === undefined)
    throw new HostError('guest-late', `the guest took no settings in ${Math.round(timeout / 1000)} s`);
  for (const note of notes) onProgress(progressOf(note));
}

function progressOf({ level, message, hint }: SettingsNote) {
  const text = `settings: ${message}`;
  if (level === 'info') return { kind: 'note' as const, text };
  return { kind: 'warning' as const, text, ...(hint !== undefined && { hint }) };
}
