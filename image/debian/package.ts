import * as z from 'zod';
import { sha256 } from '../../policy/manifest/executables.ts';

/** One binary package, as an archive's signed list describes it. */
export const debianPackage = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
  version: z.string().regex(/^[A-Za-z0-9.+~:-]+$/),
  architecture: z.string(),
  /** Source package and its version, when they differ from the binary's. */
  source: z.string().optional(),
  sha256,
  /** Size of the .deb, in bytes. */
  size: z.number().int().positive(),
  suite: z.string(),
  /** Path below the mirror. */
  filename: z.string().regex(/^pool\/[A-Za-z0-9.+~_%:/-]+\.deb$/),
  depends: z.string(),
});
export type DebianPackage = z.infer<typeof debianPackage>;

/** Finds packages by name; undefined when no suite has it. */
export interface PackageIndex {
  find(name: string): DebianPackage | undefined;
}
