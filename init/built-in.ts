import type { Flavour } from '../policy/manifest/flavour.ts';

/** Put in by image/ when it makes the bundles (esbuild `define`). */
declare const __BULKHEAD_VERSION__: string;
declare const __BULKHEAD_SIGNING__: 'development' | 'release';
declare const __BULKHEAD_FLAVOUR__: Flavour;
declare const __BULKHEAD_PUBLIC_KEY__: string;

/** What this bundle was built as, and whose signatures it accepts. */
export const builtIn = {
  version: __BULKHEAD_VERSION__,
  signing: __BULKHEAD_SIGNING__,
  /** Only `product` may be relied on; image/flavours.ts. */
  flavour: __BULKHEAD_FLAVOUR__,
  /** minisign public key file */
  publicKey: __BULKHEAD_PUBLIC_KEY__,
} as const;
