import type { SignedDocument } from '../../policy/settings/acceptance.ts';
import * as z from '../../policy/zod.ts';
import { BootError } from '../failure.ts';

/** From a key that is built in, before an image with a newer one is needed. */
export const MOST_ROTATIONS = 16;

const signedDocument = z.strictObject({ document: z.base64(), signature: z.string() });
export type StoredDocument = z.infer<typeof signedDocument>;

/**
 * `settings.json` on the state disk: what has to be known at the next boot. Whoever has the disk offline may have
 * written it, so everything that it loosens must be proved again by signatures, as far as a key is built into the image.
 */
export const settingsRecord = z.strictObject({
  format: z.literal(1),
  /** Enrolled over the channel. Of no account where the image has an organization's key. */
  enrolled: z.optional(
    z.strictObject({
      organization: z.string().check(z.minLength(1)),
      keys: z.array(z.string()).check(z.minLength(1), z.maxLength(2)),
    }),
  ),
  /** The document in force, and the highest serial that was. */
  document: z.optional(signedDocument),
  sealed: z.optional(
    z.strictObject({
      organization: z.string(),
      serial: z.int().check(z.positive()),
      digest: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
  /** Documents that changed whose keys count, oldest first: the way from the key in the image to those of now. */
  rotations: z._default(z.array(signedDocument).check(z.maxLength(MOST_ROTATIONS)), []),
});
export type SettingsRecord = z.infer<typeof settingsRecord>;

export const EMPTY_RECORD: SettingsRecord = { format: 1, rotations: [] };

/** @throws {BootError} `state-disk-damaged` */
export function parseRecord(data: Buffer | undefined): SettingsRecord {
  if (data === undefined) return EMPTY_RECORD;
  try {
    return settingsRecord.parse(JSON.parse(data.toString('utf8')));
  } catch (cause) {
    throw new BootError('state-disk-damaged', 'the record of settings on the state disk cannot be read', {
      cause,
    });
  }
}

export const stored = ({ bytes, signature }: SignedDocument): StoredDocument => ({
  document: Buffer.from(bytes).toString('base64'),
  signature,
});
export const unstored = ({ document, signature }: StoredDocument): SignedDocument => ({
  bytes: Buffer.from(document, 'base64'),
  signature,
});
