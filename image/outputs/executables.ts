import { statSync } from 'node:fs';
import { type ExecutablesManifest, executablesManifest } from '../../policy/manifest/executables.ts';
import type { Digests } from '../digest.ts';
import { ImageError } from '../error.ts';
import { type Flavour, filesOf, ownExecutables } from '../flavours.ts';
import type { RootTree } from '../tree/root-tree.ts';

/** The list that gets signed: every executable that PID 1 starts, directly or through the engine. */
export async function listExecutables(
  tree: RootTree,
  built: { version: string; signing: 'development' | 'release'; flavour: Flavour },
  digests: Digests,
): Promise<ExecutablesManifest> {
  const packaged = filesOf(built.flavour)
    .filter(({ executable }) => executable)
    .map(({ from, to, exposed }) => ({ path: to ?? from, exposed }));
  const wanted = [...ownExecutables(built.flavour), ...packaged].sort((a, b) => (a.path < b.path ? -1 : 1));
  const byPath = new Map(tree.files());
  const executables = await Promise.all(
    wanted.map(async ({ path, exposed }) => {
      const file = byPath.get(path);
      if (file === undefined || typeof file.source !== 'string') {
        throw new ImageError('file-missing', `${path} is not in the root`, 'correct image/content.ts');
      }
      const mode = `0${(file.mode & 0o777).toString(8)}`;
      const blake2b512 = await digests.of(file.source, 'blake2b512');
      const entry = { path, blake2b512, size: statSync(file.source).size, mode };
      return exposed === undefined ? entry : { ...entry, exposed: { in: exposed.in, as: [...exposed.as] } };
    }),
  );
  return executablesManifest.parse({ format: 1, ...built, executables });
}
