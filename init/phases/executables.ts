import { availableParallelism } from 'node:os';
import { builtIn } from '../built-in.ts';
import { exposeExecutables } from '../executables/expose.ts';
import { readSignedManifest } from '../executables/manifest.ts';
import type { Phase } from '../phase.ts';

export const EXECUTABLES_MANIFEST = '/usr/lib/bulkhead/executables.json';

/** Proves who signed the list of executables. */
export const manifest: Phase = {
  name: 'manifest',
  needs: [],
  onFailure: 'hold',
  run({ executables }) {
    const signed = readSignedManifest(EXECUTABLES_MANIFEST, builtIn.publicKey);
    executables.list(signed);
    return `${signed.executables.length} executables, ${signed.signing} key`;
  },
};

/** Hashes every executable of the list, before the engine, or anything the engine starts, can run. */
export const verify: Phase = {
  name: 'verify',
  needs: ['manifest'],
  onFailure: 'hold',
  async run({ executables }) {
    const paths = executables.listed.map(({ path }) => path);
    await executables.verify(paths, availableParallelism());
    return `${paths.length} executables are what was signed`;
  },
};

/** Gives the engine its PATH: bind mounts of what was hashed. */
export const expose: Phase = {
  name: 'expose',
  needs: ['verify', 'pseudo-file-systems'],
  onFailure: 'hold',
  run({ kernel, executables }) {
    return `${exposeExecutables(kernel, executables.listed, executables)} names`;
  },
};
