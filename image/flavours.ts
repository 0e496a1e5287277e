import type { Flavour } from '../policy/manifest/flavour.ts';
import { type Exposure, files, type PackagedFile } from './content.ts';

/**
 * What is built. `product` is the one that ships. The others are for tests and say so on the console and in their
 * manifest: `test` has a root shell on a port of its own (init/phases/probe.ts), to look at the VM from inside and to
 * break things there; `stock` has that and plain runc as `runc`, with our client as `sysbox-runc` only: the control of
 * every attempt to get out, and the peer of every benchmark.
 */
export type { Flavour } from '../policy/manifest/flavour.ts';

/** The second name is for scripts that ask for Sysbox; in `stock`, it is where the guard still is. */
const guarded = 'sysbox-runc';
const client = '/usr/libexec/bulkhead/runc';
const shell: PackagedFile = {
  package: 'busybox-static',
  from: '/usr/bin/busybox',
  to: '/usr/libexec/bulkhead/busybox',
  executable: true,
};
/** containerd's own command: to ask it for a container without dockerd. */
const containerdCommand: PackagedFile = {
  package: 'containerd',
  from: '/usr/bin/ctr',
  to: '/usr/libexec/bulkhead/ctr',
  executable: true,
};
const stockRuntime: PackagedFile = {
  package: 'runc',
  from: '/usr/sbin/runc',
  to: '/usr/libexec/bulkhead/stock-runc',
  executable: true,
  exposed: { in: 'path', as: ['runc'] },
};

/** An executable by its path in the image. */
export interface PackagedExecutable {
  path: string;
  exposed: Exposure | undefined;
}

/** Files from packages. */
export function filesOf(flavour: Flavour): readonly PackagedFile[] {
  if (flavour === 'product') return files;
  return flavour === 'test' ? [...files, shell, containerdCommand] : [...files, shell, stockRuntime];
}

/** Executables that no package has. */
export function ownExecutables(flavour: Flavour): readonly PackagedExecutable[] {
  return [
    { path: '/usr/bin/node', exposed: undefined },
    { path: '/usr/libexec/bulkhead/launch', exposed: undefined },
    { path: '/usr/bin/mount', exposed: undefined }, // services/lxcfs/mount.c
    { path: client, exposed: { in: 'path', as: flavour === 'stock' ? [guarded] : ['runc', guarded] } },
  ];
}

/** The names that would be a way in; a flavour with a shell has one knowingly. */
export function mayHold(flavour: Flavour, path: string): boolean {
  return flavour !== 'product' && [shell.to, containerdCommand.to].includes(path);
}
