import type { ReleaseManifest } from '../../policy/manifest/release.ts';
import { isPublicKey, keyName, parsePublicKey } from '../../policy/minisign/public-key.ts';
import * as z from '../../policy/zod.ts';
import { HostError } from '../errors.ts';

const key = z.string().check(z.refine(isPublicKey, 'is no minisign public key'));

/** `image-keys.json` of a VM: who may sign its images. */
export const imageKeys = z.strictObject({
  /** Of the image that ran last; minisign's line of base64. */
  key,
  signing: z.enum(['development', 'release']),
  /** Announced by an image that `key` signed. */
  next: z.optional(key),
});
export type ImageKeys = z.infer<typeof imageKeys>;

/** What of an image counts here, its signature checked with `key`. */
export interface SignedImage {
  key: string;
  manifest: Pick<ReleaseManifest, 'signing' | 'nextKey'>;
}

/** Why an image's key is taken. */
export type KeyStep = 'first' | 'same' | 'announced' | 'after-development';

/**
 * Whether a VM takes an image signed with this key, and what is to be remembered once that image has run there. The first
 * key is taken as it comes, and so is any that follows a development key, which every machine makes for itself. From a
 * release key the way leads only to the one that it announced; and when that has signed an image that ran, back no more.
 * Pure.
 * @param file where `known` is kept, for the hint
 * @throws {HostError} `image-untrusted`
 */
export function judgeImageKey(
  known: ImageKeys | undefined,
  { key, manifest }: SignedImage,
  file: string,
): { step: KeyStep; keys: ImageKeys } {
  const step = stepTo(known, key);
  if (step === undefined) throw refused(known, key, file);
  // an announcement holds until the key after it has come, or the present one names another
  const next = manifest.nextKey ?? (step === 'same' ? known?.next : undefined);
  return { step, keys: { key, signing: manifest.signing, ...(next === undefined ? {} : { next }) } };
}

function stepTo(known: ImageKeys | undefined, key: string): KeyStep | undefined {
  if (known === undefined) return 'first';
  if (key === known.key) return 'same';
  if (key === known.next) return 'announced';
  return known.signing === 'development' ? 'after-development' : undefined;
}

function refused(known: ImageKeys | undefined, key: string, file: string): HostError {
  const present = known === undefined ? '' : nameOf(known.key);
  const announced =
    known?.next === undefined
      ? `and no image signed with ${present} that ran here has announced another key`
      : `or, as announced, with ${nameOf(known.next)}`;
  return new HostError(
    'image-untrusted',
    `the image is signed with key ${nameOf(key)}; this VM takes images signed with ${present}, ${announced}`,
    {
      hint:
        'start an image first that was signed with the known key and announces this one (`mkimage.sh --next-key`); ' +
        `only if you know from elsewhere that this key is right, remove ${file}`,
    },
  );
}

/** Says what `step` means, as a link of the chain. */
export function explainKeyStep(step: KeyStep, vm: string, { key, next }: ImageKeys): string {
  const name = nameOf(key);
  const taken = {
    first: `no image has run in ${vm} yet: it takes ${name}, and from then on no other key but one that ${name} announced`,
    same: `${name} is the key that ${vm} takes`,
    announced: `${name} was announced by an image that ran in ${vm}; once this one has run there, it is the only key`,
    'after-development': `${vm} ran an image with a development key last: it takes any, ${name} too`,
  }[step];
  return next === undefined ? taken : `${taken}. The next key will be ${nameOf(next)}`;
}

const nameOf = (line: string): string => keyName(parsePublicKey(line));
