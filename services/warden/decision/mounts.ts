import { posix } from 'node:path';
import { isAtOrBelow } from '../../../policy/kernel/mount-info.ts';
import { type Fact, type MountFlags, type Opened, type Operation, slotPath } from '../messages.ts';
import { bindFlags, isMountable, mountOptions } from './mount-options.ts';
import { mountOf } from './mountinfo.ts';
import { Refused, shown } from './refusal.ts';
import { type Asker, isFolder, judgeSource } from './sources.ts';
import type { Mount } from './spec.ts';
import { type Inventory, isBind } from './wishes.ts';

/** A mount that crun makes, in the container's own namespaces. */
export interface CrunMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface Mounts {
  /** For the document. */
  list: CrunMount[];
  /** Clones to be made before crun runs. */
  operations: Operation[];
  /** Where crun needs a mount point in the root, and of which kind. */
  points: { target: string; folder: boolean }[];
}

/** systemd and nested engines unmount or replace these: nothing that the kernel locks may be there. */
const unlocked = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/dev'];

/** Files that others than us put on proc, too (runc, libcontainer/rootfs_linux.go, checkProcMount). */
const inProc = /^\/proc\/(cpuinfo|diskstats|loadavg|meminfo|slabinfo|stat|swaps|uptime)$/;

/** What the spec asks for, once its init is known. */
export interface MountsInput {
  mounts: readonly Mount[];
  inventory: Inventory;
  facts: readonly Fact[];
  asker: Asker;
  /** Whether lxcfs may cover files of /proc and /sys. */
  covered: boolean;
}

/**
 * Who makes each mount. The client attaches binds before the user namespace exists, and the kernel then locks them, flags
 * and all (mount_namespaces(7)). crun makes the rest, in the order of the spec: also binds that systemd must be able to
 * take off, and binds below something that crun mounts, which would hide them; these come from a slot.
 */
export function decideMounts({ mounts, inventory, facts, asker, covered }: MountsInput): Mounts {
  const list: CrunMount[] = [];
  const operations: Operation[] = [];
  const points: Mounts['points'] = [];
  let slots = 0;
  const byCrun = (mount: CrunMount, folder: boolean): void => {
    if (!isHidden(mount.destination, list)) points.push({ target: mount.destination, folder });
    list.push(mount);
  };
  const fromSlot = (
    item: number,
    destination: string,
    opened: Opened,
    flags: { set: MountFlags; clear: MountFlags },
  ): void => {
    const slot = slots++;
    operations.push({ do: 'slot', item, slot, ...flags });
    // crun mounts it anew with the flags that it is told, and only those.
    const options = ['rbind', 'rprivate', ...flagWords(flags.set)];
    byCrun({ destination, type: 'bind', source: slotPath(slot), options }, isFolder(opened));
  };

  for (const mount of mounts) {
    const destination = destinationOf(mount);
    const item = inventory.binds.get(mount);
    const fact = item === undefined ? undefined : facts[item];
    if (item === undefined || fact === undefined) {
      byCrun(fileSystem(mount, destination), true);
      continue;
    }
    const flags = flagsOf(mount, destination, fact, asker);
    if (!fact.opened) continue; // judgeSource has refused it
    if (isHidden(destination, list) || unlocked.some((path) => isAtOrBelow(destination, path)))
      fromSlot(item, destination, fact, flags);
    else operations.push({ do: 'attach', item, target: destination, ...flags });
  }
  for (const { destination, item } of covered ? inventory.lxcfs : []) {
    const fact = facts[item];
    const on = destination.startsWith('/proc/') ? 'proc' : 'sysfs';
    const mounted = list.findLast((mount) => isAtOrBelow(destination, mount.destination));
    if (fact?.opened && isOfLxcfs(fact, destination) && mounted?.type === on)
      fromSlot(item, destination, fact, { set: 'rsd', clear: '' });
  }
  return { list, operations, points };
}

const flagWord: Readonly<Record<string, string>> = { r: 'ro', s: 'nosuid', d: 'nodev', x: 'noexec' };

function flagWords(set: MountFlags): string[] {
  return [...set].flatMap((letter) => flagWord[letter] ?? []);
}

/** Whether crun mounts something there or above, so that what was attached before is out of sight. */
function isHidden(destination: string, list: readonly CrunMount[]): boolean {
  return list.some((mount) => isAtOrBelow(alias(destination), alias(mount.destination)));
}

/** In most images these are symbolic links. */
function alias(path: string): string {
  return path.replace(/^\/var\/run(?=\/|$)/, '/run').replace(/^\/var\/lock(?=\/|$)/, '/run/lock');
}

/**
 * @throws Refused when it is not absolute, is the root itself, or could pass for a part of /proc that runtimes write to
 * (CVE-2019-16884, CVE-2025-52881)
 */
function destinationOf(mount: Mount): string {
  const { destination, type } = mount;
  const normal = posix.normalize(destination).replace(/(?<=.)\/$/, '');
  if (!destination.startsWith('/') || destination.split('/').includes('..') || normal === '/')
    throw new Refused('mounts', `can't mount anything at ${shown(destination)}`);
  const isProc = normal === '/proc' && type === 'proc' && !isBind(mount);
  if (isAtOrBelow(normal, '/proc') && !isProc && !inProc.test(normal))
    throw new Refused('mounts', `can't mount anything at ${shown(destination)}: it is inside /proc`);
  return normal;
}

function fileSystem(mount: Mount, destination: string): CrunMount {
  const type = mount.type ?? '';
  if (isBind(mount) || !isMountable(type))
    throw new Refused('mounts', `can't mount ${shown(destination)}: type ${shown(type)} is not allowed`);
  return { destination, type, source: type, options: mountOptions(type, mount) };
}

function flagsOf(mount: Mount, destination: string, fact: Fact, asker: Asker) {
  const source = mount.source ?? '';
  const { set, clear } = judgeSource(source, destination, fact, asker);
  const asked = bindFlags(mount);
  const flag = (letter: string, wanted: boolean) => (wanted && !set.includes(letter) ? letter : '');
  return {
    set: set + flag('r', asked.readOnly) + flag('s', asked.nosuid) + flag('x', asked.noexec),
    clear: [...clear].filter((letter) => !(letter === 's' ? asked.nosuid : asked.noexec)).join(''),
  };
}

function isOfLxcfs(fact: Opened, destination: string): boolean {
  const { type } = mountOf(fact.mountinfo);
  return (
    type === 'fuse.lxcfs' &&
    fact.path === `/run/bulkhead/lxcfs${destination}` &&
    (fact.mode & 0o170000) === 0o100000
  );
}

/** Folders and files that crun could not make in a root that is read-only by then. */
export function mountPoints(points: Mounts['points']): Operation[] {
  return points.map(({ target, folder }) => ({ do: folder ? 'mkdir' : 'mkfile', target }));
}
