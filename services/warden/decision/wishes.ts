import { posix } from 'node:path';
import type { Wish } from '../messages.ts';
import type { Mount, Spec } from './spec.ts';

/** Files that lxcfs(1) shows per container, by their place in the container. */
const LXCFS = '/run/bulkhead/lxcfs';
const lxcfsFiles = [
  '/proc/cpuinfo',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/loadavg',
  '/proc/swaps',
  '/proc/diskstats',
  '/sys/devices/system/cpu/online',
];

/** What the client shall open, and which item each part of the spec became. */
export interface Inventory {
  wishes: Wish[];
  root: number;
  binds: ReadonlyMap<Mount, number>;
  namespaces: ReadonlyMap<Spec['linux']['namespaces'][number], number>;
  lxcfs: readonly { destination: string; item: number }[];
}

export function takeInventory(spec: Spec, bundle: string): Inventory {
  const wishes: Wish[] = [];
  const wish = (kind: Wish['kind'], path: string): number => wishes.push({ kind, path }) - 1;
  const root = wish('file', posix.resolve(bundle, spec.root.path));
  const binds = new Map<Mount, number>();
  for (const mount of spec.mounts) {
    if (isBind(mount)) binds.set(mount, wish('file', posix.resolve(bundle, mount.source || '/')));
  }
  const namespaces = new Map<Spec['linux']['namespaces'][number], number>();
  for (const namespace of spec.linux.namespaces) {
    if (namespace.path) namespaces.set(namespace, wish('namespace', namespace.path));
  }
  const lxcfs = lxcfsFiles.map((destination) => ({
    destination,
    item: wish('file', `${LXCFS}${destination}`),
  }));
  return { wishes, root, binds, namespaces, lxcfs };
}

/** What the client shall open to create this container, in the order in which it tells about them. */
export function wishesOf(spec: Spec, bundle: string): Wish[] {
  return takeInventory(spec, bundle).wishes;
}

/** As crun sees it: by an option, whatever the type says (libcrun/linux.c, do_mounts). */
export function isBind({ type, options }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}
