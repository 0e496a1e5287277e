import { isAtOrBelow, type MountInfo, parseMountInfo } from '../../../policy/kernel/mount-info.ts';
import { Refused } from './refusal.ts';

/** @throws Refused when the kernel would not write such a line */
export function mountOf(line: string): MountInfo {
  const mount = parseMountInfo(line);
  if (mount === undefined) throw new Refused('mounts', 'the kernel said nothing usable about a mount');
  return mount;
}

/**
 * Where an opened file is within its file system, whichever mount it was opened through: a bind mount of a folder
 * elsewhere does not change it.
 * @param path the kernel's own answer for the descriptor
 */
export function placeIn(mount: MountInfo, path: string): string | undefined {
  if (!isAtOrBelow(path, mount.mountPoint) || mount.root.endsWith('//deleted')) return undefined;
  const below = path.slice(mount.mountPoint === '/' ? 0 : mount.mountPoint.length);
  return `${mount.root === '/' ? '' : mount.root}${below}` || '/';
}
