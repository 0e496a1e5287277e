import { isPublicKey } from '../minisign/public-key.ts';
import * as z from '../zod.ts';
import { sha256 } from './executables.ts';
import { flavour } from './flavour.ts';

export const artefactNames = [
  'kernel',
  'initramfs',
  'root',
  'executables',
  'sbom',
  /** kernel, initramfs and command line in one UEFI program, signed for Secure Boot */
  'uki',
  /** a disk with it */
  'boot',
  'firmware',
  /** what the firmware trusts: `certificate` */
  'firmwareVariables',
  'certificate',
] as const;

/** `dist/manifest.json`: what one build put out. Signed beside it (`manifest.json.minisig`). */
export const releaseManifest = z.strictObject({
  format: z.literal(1),
  version: z.string().check(z.minLength(1)),
  signing: z.enum(['development', 'release']),
  flavour: z._default(flavour, 'product'),
  /**
   * The key that will sign images after this one: minisign's line of base64, id included. The signature over the manifest
   * is what makes it known; see host/machine/image-keys.ts.
   */
  nextKey: z.optional(z.string().check(z.refine(isPublicKey, 'is no minisign public key'))),
  kernelRelease: z.string().check(z.minLength(1)),
  /** What a launcher must put on the kernel's command line; it may append `bulkhead.*` settings. */
  commandLine: z.string(),
  artefacts: z.record(
    z.enum(artefactNames),
    z.strictObject({
      /** File name in the same folder. */
      file: z.string().check(z.regex(/^[A-Za-z0-9._-]+$/)),
      sha256,
      size: z.int().check(z.positive()),
    }),
  ),
});
export type ReleaseManifest = z.infer<typeof releaseManifest>;
