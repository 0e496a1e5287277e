import type { Flavour } from '../policy/manifest/flavour.ts';
import type { Trust } from '../policy/settings/acceptance.ts';

/** Put in by image/ when it makes the bundles (esbuild `define`). */
declare const __BULKHEAD_VERSION__: string;
declare const __BULKHEAD_SIGNING__: 'development' | 'release';
declare const __BULKHEAD_FLAVOUR__: Flavour;
declare const __BULKHEAD_PUBLIC_KEY__: string;
declare const __BULKHEAD_ORGANIZATION__: Trust | null;
declare const __BULKHEAD_MINIMUM_VERSION__: string;

/** What this bundle was built as, and whose signatures it accepts. */
export const builtIn = {
  version: __BULKHEAD_VERSION__,
  signing: __BULKHEAD_SIGNING__,
  /** Only `product` may be relied on; image/flavours.ts. */
  flavour: __BULKHEAD_FLAVOUR__,
  /** minisign public key file */
  publicKey: __BULKHEAD_PUBLIC_KEY__,
  /** Whose settings count on every machine that runs this image; null: each machine is enrolled, or is nobody's. */
  organization: __BULKHEAD_ORGANIZATION__,
  /** Where this image has run, none below this runs any more. */
  minimumVersion: __BULKHEAD_MINIMUM_VERSION__,
} as const;
