import type { RuntimePolicy } from '../../../policy/runtime/policy.ts';
import type { Operation } from '../messages.ts';
import type { Resources } from './limits-schema.ts';
import { Refused, shown } from './refusal.ts';
import type { Spec } from './spec.ts';

/** Linux' admin-guide/devices.txt; all are character devices. */
interface Device {
  path: string;
  major: number;
  minor: number;
}

/** What every container has (config-linux.md, default devices). */
const always: readonly Device[] = [
  { path: '/dev/null', major: 1, minor: 3 },
  { path: '/dev/zero', major: 1, minor: 5 },
  { path: '/dev/full', major: 1, minor: 7 },
  { path: '/dev/random', major: 1, minor: 8 },
  { path: '/dev/urandom', major: 1, minor: 9 },
  { path: '/dev/tty', major: 5, minor: 0 },
];

/** What a policy can allow: drivers that keep the users of different namespaces apart. */
const allowable: readonly Device[] = [
  { path: '/dev/fuse', major: 10, minor: 229 },
  { path: '/dev/net/tun', major: 10, minor: 200 },
];

/** What may be asked for by name anywhere. */
export const defaultDevices: readonly string[] = always.map(({ path }) => path);

const MODE = 0o666;

export interface Devices {
  /** `linux.devices` */
  list: { path: string; type: 'c'; major: number; minor: number; fileMode: number; uid: 0; gid: 0 }[];
  /** `linux.resources.devices`: what the cgroup's program lets pass. */
  rules: { allow: boolean; type?: string; major?: number; minor?: number; access: string }[];
  operations: Operation[];
}

/**
 * The short list of devices that are safe to share, and what the policy adds to it. A privileged container is given the
 * VM's whole /dev by dockerd (moby, daemon/oci_linux.go, WithDevices): it is cut without a word. Else a device was asked
 * for by name, and is refused by name.
 * @throws Refused (devices)
 */
export function decideDevices({ linux }: Spec, policy: RuntimePolicy): Devices {
  const allowed = [...always, ...allowable.filter(({ path }) => policy.devices.includes(path))];
  const privileged = isPrivileged(linux.resources);
  const list: Devices['list'] = [];
  const nodes = new Set(always);
  for (const { path, type, major, minor } of linux.devices) {
    const device = allowed.find((each) => each.major === major && each.minor === minor);
    if (device === undefined || !['c', 'u'].includes(type) || !isInDev(path)) {
      if (privileged) continue;
      throw new Refused(
        'devices',
        `device ${shown(path)} is not allowed (${shown(type)} ${major}:${minor}); allowed are ` +
          allowed.map((each) => each.path).join(', '),
      );
    }
    nodes.add(device);
    if (always.some((each) => each.path === path) || list.some((each) => each.path === path)) continue;
    list.push({ path, type: 'c', major: device.major, minor: device.minor, fileMode: MODE, uid: 0, gid: 0 });
  }
  return { list, rules: rulesFor([...nodes]), operations: [...nodes].map(node) };
}

/** dockerd and BuildKit (security.insecure) then allow whole types of devices. */
export function isPrivileged(resources: Resources | undefined): boolean {
  return (resources?.devices ?? []).some(
    ({ allow, type, major, minor, access }) =>
      allow &&
      (type === undefined || type === '' || type === 'a' || type === 'b') &&
      [undefined, -1].includes(major as number | undefined) &&
      [undefined, -1].includes(minor as number | undefined) &&
      access?.includes('w') === true,
  );
}

/** Nodes may be made, as in docker: from within a user namespace, none can be opened (mknod(2), SB_I_NODEV). */
function rulesFor(nodes: readonly Device[]): Devices['rules'] {
  const pass = (major: number, minor?: number) => ({
    allow: true,
    type: 'c',
    major,
    ...(minor !== undefined && { minor }),
    access: 'rwm',
  });
  return [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    ...nodes.map(({ major, minor }) => pass(major, minor)),
    pass(5, 2), // /dev/ptmx
    pass(136), // /dev/pts/*
  ];
}

function node({ path, major, minor }: Device): Operation {
  return { do: 'device', path: path.slice('/dev/'.length), major, minor, mode: MODE };
}

function isInDev(path: string): boolean {
  return /^\/dev(\/(?!\.{1,2}(\/|$))[^/]+)+$/.test(path);
}
