import { statSync } from 'node:fs';
import { type ExecutablesManifest, executablesManifest } from '../../policy/manifest/executables.ts';
import { files } from '../content.ts';
import type { Digests } from '../digest.ts';
import { ImageError } from '../error.ts';
import type { RootTree } from '../tree/root-tree.ts';

/** Ours and Node: the executables that are not in content.ts's list of packaged files. */
const own = ['/usr/bin/node', '/usr/libexec/bulkhead/launch'];

/** The list that gets signed: every executable that PID 1 starts, directly or through the engine. */
export async function listExecutables(
  tree: RootTree,
  built: { version: string; signing: 'development' | 'release' },
  digests: Digests,
): Promise<ExecutablesManifest> {
  const packaged = files
    .filter(({ executable }) => executable)
    .map(({ from, to, exposed }) => ({ path: to ?? from, exposed }));
  const wanted = [...own.map((path) => ({ path, exposed: undefined })), ...packaged].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
  const byPath = new Map(tree.files());
  const executables = await Promise.all(
    wanted.map(async ({ path, exposed }) => {
      const file = byPath.get(path);
      if (file === undefined || typeof file.source !== 'string') {
        throw new ImageError('file-missing', `${path} is not in the root`, 'correct image/content.ts');
      }
      const mode = `0${(file.mode & 0o777).toString(8)}`;
      const entry = { path, sha256: await digests.of(file.source), size: statSync(file.source).size, mode };
      return exposed === undefined ? entry : { ...entry, exposed: { in: exposed.in, as: [...exposed.as] } };
    }),
  );
  return executablesManifest.parse({ format: 1, ...built, executables });
}
