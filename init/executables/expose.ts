import { mkdirSync, writeFileSync } from 'node:fs';
import type { ListedExecutable } from '../../policy/manifest/executables.ts';
import type { ExecutableStore } from '../../services/supervisor/executables.ts';
import { MS_BIND } from '../kernel/constants.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** PATH of containerd and dockerd: nothing else is there. */
export const ENGINE_PATH = '/run/bulkhead/bin';
/** The OCI runtime: not in PATH. */
export const RUNTIME_PATH = '/run/bulkhead/libexec';

const folders = { path: ENGINE_PATH, runtime: RUNTIME_PATH } as const;

/**
 * Shows the engine each verified executable under the names that it looks for. A name is a bind mount of the
 * descriptor that was hashed, so whatever the engine starts is what was checked; and a program that is not in
 * the manifest has no name there at all.
 * @returns how many names there are
 */
export function exposeExecutables(
  kernel: Kernel,
  listed: readonly ListedExecutable[],
  store: ExecutableStore,
): number {
  let names = 0;
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const { path, exposed } of listed) {
    if (exposed === undefined) continue;
    for (const name of exposed.as) {
      const target = `${folders[exposed.in]}/${name}`;
      writeFileSync(target, '', { mode: 0o555 });
      kernel.mount(`/proc/self/fd/${store.descriptor(path)}`, target, '', MS_BIND);
      names += 1;
    }
  }
  return names;
}
