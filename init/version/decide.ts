import { compareVersions, imageVersion } from '../../policy/manifest/version.ts';
import * as z from '../../policy/zod.ts';
import { BootError } from '../failure.ts';

/** `version.json` on the state disk: which images have run here. */
export const versionRecord = z.strictObject({
  format: z.literal(1),
  /** The newest that has run. */
  highest: imageVersion,
  /** Below this nothing runs any more: the highest of what the images that ran here said of it. */
  minimum: imageVersion,
});
export type VersionRecord = z.infer<typeof versionRecord>;

/** What an image says of itself, within what was signed. */
export interface ImageVersion {
  version: string;
  /** Images below this have flaws that somebody could want back. */
  minimum: string;
}

/**
 * Whether this image may run where those of `record` have, and what is to be remembered then. An older one may, down to the
 * minimum: to go back after an update that does not work is no attack. Pure.
 * @throws {BootError} `older-image`
 */
export function decideVersion(
  record: VersionRecord | undefined,
  { version, minimum }: ImageVersion,
): VersionRecord {
  if (record !== undefined && compareVersions(version, record.minimum) < 0)
    throw new BootError(
      'older-image',
      `this image has version ${version}; below ${record.minimum} nothing may run here, since ${record.highest} has`,
    );
  const later = (a: string, b: string) => (compareVersions(a, b) >= 0 ? a : b);
  return {
    format: 1,
    highest: later(version, record?.highest ?? version),
    minimum: later(minimum, record?.minimum ?? minimum),
  };
}

/** @throws {BootError} `state-disk-damaged` */
export function parseVersionRecord(data: Buffer | undefined): VersionRecord | undefined {
  if (data === undefined) return undefined;
  try {
    return versionRecord.parse(JSON.parse(data.toString('utf8')));
  } catch (cause) {
    throw new BootError(
      'state-disk-damaged',
      'the record of image versions on the state disk cannot be read',
      {
        cause,
      },
    );
  }
}
