import { sha256 } from '../../policy/manifest/executables.ts';
import * as z from '../../policy/zod.ts';

/** Only the kernel comes from backports. */
export const suites = ['trixie', 'trixie-security', 'trixie-backports'] as const;
export type Suite = (typeof suites)[number];

/** A package of the archive, as its signed index says. */
export const debianPackage = z.strictObject({
  name: z.string().check(z.regex(/^[a-z0-9][a-z0-9+.-]+$/)),
  version: z.string().check(z.regex(/^[A-Za-z0-9.+~:-]+$/)),
  sha256,
  /** bytes */
  size: z.int().check(z.positive()),
  suite: z.enum(suites),
  /** path below the mirror */
  file: z.string().check(z.regex(/^pool\/[\w.+~%:/-]+\.deb$/)),
  /** `Pre-Depends` and `Depends` */
  depends: z.string(),
});
export type Package = z.infer<typeof debianPackage>;
