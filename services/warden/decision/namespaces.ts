import {
  type Fact,
  FIRST_BASE,
  type NamespaceOwner,
  namespacePath,
  type Operation,
  ownerPath,
  RANGE,
  TIME_PATH,
} from '../messages.ts';
import { Refused, shown, unsupported } from './refusal.ts';
import type { Spec } from './spec.ts';
import type { Inventory } from './wishes.ts';

export interface Namespaces {
  /** For `linux.namespaces`. */
  list: { type: string; path?: string }[];
  operations: Operation[];
  /** First id of the container's range: its own, or that of the container it joins. */
  base: number;
  /** Those that belong to another container too. */
  joined: ReadonlySet<string>;
}

/** Missing in the spec means `host` for these: dockerd and containerd then leave them out. */
const shareable = ['pid', 'ipc', 'uts'];
const joinable = ['network', 'ipc', 'pid'];
const known = ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup', 'user', 'time'];
const because = '(because they use the linux user-namespace for isolation)';

/**
 * Every namespace is new, but those of another container that this one asks to share: then it joins that one's user
 * namespace too, since a namespace can only be governed from the user namespace that owns it (user_namespaces(7)).
 */
export function decideNamespaces(
  spec: Spec,
  inventory: Inventory,
  facts: readonly Fact[],
  base: number,
): Namespaces {
  const asked = spec.linux.namespaces;
  for (const [at, { type }] of asked.entries()) {
    if (!known.includes(type) || asked.findIndex((other) => other.type === type) !== at)
      throw new Refused(
        'namespaces',
        unsupported(`can't have a namespace ${shown(type)} (unknown or twice)`),
      );
  }
  const missing = shareable.filter((type) => !asked.some((namespace) => namespace.type === type));
  if (missing.length > 0) throw sharedWithHost(missing);
  if (!asked.some(({ type }) => type === 'network')) throw sharedNetwork();

  const paths = new Map<string, string>();
  const owners: { item: number; base: number }[] = [];
  for (const [namespace, item] of inventory.namespaces) {
    paths.set(namespace.type, namespacePath(item));
    owners.push({ item, base: baseOf(namespace.type, namespace.path ?? '', facts[item]) });
  }
  const [first] = owners;
  if (first !== undefined) {
    if (owners.some((owner) => owner.base !== first.base))
      throw new Refused('namespaces', unsupported("can't join namespaces of different containers"));
    paths.set('user', ownerPath(first.item));
  }
  const joined = new Set(paths.keys());
  paths.set('time', TIME_PATH);
  return {
    list: known.map((type) => ({ type, ...(paths.has(type) && { path: paths.get(type) ?? '' }) })),
    operations: first === undefined ? [] : [{ do: 'join', item: first.item }],
    base: first?.base ?? base,
    joined,
  };
}

function baseOf(type: string, path: string, fact: Fact | undefined): number {
  if (!joinable.includes(type))
    throw new Refused('namespaces', unsupported(`can't join a ${type} namespace: ${shown(path)}`));
  if (!fact?.opened) throw new Refused('namespaces', `there is no namespace at ${shown(path)}`);
  const { owner } = fact;
  if (owner?.vm) throw type === 'network' ? sharedNetwork() : sharedWithHost([type]);
  const base = owner?.child ? rangeOf(owner) : undefined;
  if (base === undefined)
    throw new Refused(
      'namespaces',
      unsupported(`can't join the ${type} namespace at ${shown(path)}: it is no container's`),
    );
  return base;
}

/** @returns first id of the range, when it is a range that a container has */
function rangeOf({ uidMap, gidMap }: NamespaceOwner): number | undefined {
  const uids = uidMap.trim().split(/\s+/);
  const gids = gidMap.trim().split(/\s+/);
  const [inside, outside, count, ...more] = uids;
  if (inside !== '0' || count !== String(RANGE) || more.length > 0 || uids.join() !== gids.join()) return;
  if (outside === undefined || !/^[1-9]\d{0,9}$/.test(outside)) return;
  const base = Number(outside);
  return isBase(base) ? base : undefined;
}

export function isBase(base: number): boolean {
  return base >= FIRST_BASE && (base - FIRST_BASE) % RANGE === 0 && base + RANGE <= 2 ** 32;
}

/** In the words of ECI. */
export function sharedWithHost(types: readonly string[]): Refused {
  return new Refused(
    'namespaces',
    unsupported(`can't share namespaces [${types.join(' ')}] with the host ${because}`),
  );
}

export function sharedNetwork(): Refused {
  return new Refused('namespaces', unsupported(`can't share a network namespace with the host ${because}`));
}
