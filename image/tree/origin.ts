import type { Package } from '../debian/package.ts';

/** Where a file of the image is from, for the SBOM. */
export interface Origin {
  /** `deb`, `npm`, or ours */
  kind: 'deb' | 'npm' | 'own';
  name: string;
  version: string;
}

export const ours: Origin = { kind: 'own', name: 'bulkhead', version: '' };

export function originOf({ name, version }: Package): Origin {
  return { kind: 'deb', name, version };
}
