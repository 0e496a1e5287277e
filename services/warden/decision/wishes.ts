import { posix } from 'node:path';
import { CONTAINER_ID, socketOf } from '../../sockets/places.ts';
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

/** Of the request: where the file is, and whose it is. */
export interface Origin {
  bundle: string;
  /** The container's. */
  id: string;
}

export function takeInventory(spec: Spec, { bundle, id }: Origin): Inventory {
  const wishes: Wish[] = [];
  const wish = (kind: Wish['kind'], path: string): number => wishes.push({ kind, path }) - 1;
  const root = wish('file', posix.resolve(bundle, spec.root.path));
  const binds = new Map<Mount, number>();
  for (const mount of spec.mounts) {
    if (!isBind(mount)) continue;
    const path = asksForEngine(mount, id) ? socketOf(id) : posix.resolve(bundle, mount.source || '/');
    binds.set(mount, wish('file', path));
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
export function wishesOf(spec: Spec, origin: Origin): Wish[] {
  return takeInventory(spec, origin).wishes;
}

/** Whether a bind is of the engine's socket: the container gets one of its own instead (services/sockets/). */
export function asksForEngine({ source = '' }: Mount, id: string): boolean {
  return CONTAINER_ID.test(id) && /^(\/var)?\/run\/docker\.sock$/.test(posix.normalize(source));
}

/** As crun sees it: by an option, whatever the type says (libcrun/linux.c, do_mounts). */
export function isBind({ type, options }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}
