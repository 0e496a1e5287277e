import { isAtOrBelow } from '../../../policy/kernel/mount-info.ts';
import type { Fact } from '../messages.ts';
import { mountOf, placeIn } from './mountinfo.ts';
import { Refused, shown } from './refusal.ts';
import { type Asker, isFolder, reason } from './sources.ts';

/** Where dockerd, BuildKit and containerd mount the roots of containers. */
const folders = ['/var/lib/docker', '/var/lib/containerd', '/run/containerd'];

/**
 * The root must be what an engine mounted for this container: layers, or for BuildKit one layer of the data disk.
 * @throws Refused (root)
 */
export function judgeRoot(path: string, fact: Fact | undefined, { buildKit, dataDisk }: Asker): void {
  if (!fact?.opened)
    throw new Refused('root', `can't open the root ${shown(path)}: ${reason(fact?.errno ?? 0)}`);
  const mount = mountOf(fact.mountinfo);
  const mounted = fact.path === mount.mountPoint && folders.some((folder) => isAtOrBelow(fact.path, folder));
  const layers = mount.type === 'overlay' && mount.root === '/';
  const layer =
    buildKit &&
    mount.type === 'ext4' &&
    mount.device === dataDisk &&
    /^\/docker\/overlay2\/[a-z0-9]+\/(diff|merged)$/.test(placeIn(mount, fact.path) ?? '');
  if (!isFolder(fact) || !mounted || !(layers || layer))
    throw new Refused('root', `can't use ${shown(path)} as a root: no engine mounted it for a container`);
}
