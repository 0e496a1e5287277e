/**
 * What the `runc` client (services/runc/) and the warden say to each other, in this order:
 *
 *   client  request   the verb, the container, and the file that containerd wrote
 *   warden  open      what to open and look at  (create and run only)
 *   client  facts     what the kernel says of each
 *   warden  plan      the new file and what to do before crun runs, or refusal, or, instead of open:
 *           pass      isolation is off: crun shall do as it was told
 *   client  busy      another container holds that id range: the warden plans again with another one
 *
 * The client knows no JSON: `wire.ts` has the bytes.
 */

/** Verbs that need a decision. Others pass. */
export type Verb = 'create' | 'run' | 'exec' | 'update';

export interface Request {
  verb: Verb;
  /** Container id. */
  id: string;
  /** State folder, `--root`: its last component is containerd's namespace (`moby`, `plugins.moby`). */
  stateRoot: string;
  /** Bundle folder; empty but for create and run. */
  bundle: string;
  /** `config.json` of the bundle; for exec the process, for update the resources. */
  document: Buffer;
}

/** Something that the client shall open (O_PATH) and describe. */
export interface Wish {
  kind: 'file' | 'namespace';
  path: string;
}

/** What the kernel says of one opened thing; in the order of the wishes. */
export type Fact = Missing | Opened;

export interface Missing {
  opened: false;
  /** As in errno(3), by number. */
  errno: number;
}

export interface Opened {
  opened: true;
  /** `major:minor` of the file system. */
  device: string;
  inode: string;
  /** st_mode: type and permissions. */
  mode: number;
  /** `major:minor` of a device node. */
  deviceNode: string;
  /** Where it is, without symbolic links: readlink of /proc/self/fd/N. */
  path: string;
  /** Its mount's line in /proc/self/mountinfo (proc_pid_mountinfo(5)); empty for a namespace. */
  mountinfo: string;
  /** Of a namespace: what owns it (ioctl_nsfs(2), NS_GET_USERNS). */
  owner?: NamespaceOwner;
}

export interface NamespaceOwner {
  /** Whether it is the VM's own user namespace. */
  vm: boolean;
  /** Whether its parent is the VM's own user namespace: not nested further. */
  child: boolean;
  /** /proc/PID/uid_map and gid_map of it, as the VM sees them. */
  uidMap: string;
  gidMap: string;
}

/** Flags of a mount: `r` read-only, `s` nosuid, `d` nodev, `x` noexec, `i` id-mapped to the container's range. */
export type MountFlags = string;

/** One primitive step, done in order in a mount namespace of the client's own. `item`: index of a wish. */
export type Operation =
  /** The root: a clone of the mount that `item` is the root of. First. */
  | { do: 'root'; item: number; set: MountFlags; clear: MountFlags }
  /** A clone of `item` on `target`, resolved inside the root; the kernel locks it. Makes the mount point. */
  | { do: 'attach'; item: number; target: string; set: MountFlags; clear: MountFlags }
  /** A clone of `item` at `slotPath(slot)`, from where crun binds it. */
  | { do: 'slot'; item: number; slot: number; set: MountFlags; clear: MountFlags }
  /** Makes a mount point inside the root, where crun could not: the root will be read-only. */
  | { do: 'mkdir' | 'mkfile'; target: string }
  /** A node of the client's own /dev, owned by the container's root: crun knows no other /dev. Relative to /dev. */
  | { do: 'device'; path: string; major: number; minor: number; mode: number }
  /** The container joins the user namespace that owns namespace `item`, instead of a new one with `base`. */
  | { do: 'join'; item: number }
  /**
   * Makes a time namespace in which CLOCK_MONOTONIC and CLOCK_BOOTTIME begin at 0; crun joins it at TIME_PATH. crun
   * 1.21 cannot do it with a user namespace: it opens /proc/self/timens_offsets after setresuid(2), undumpable (EACCES).
   */
  | { do: 'time' }
  /** Makes the root read-only. Last. */
  | { do: 'seal' };

export interface Plan {
  /** First id of the range; 0 for exec and update. */
  base: number;
  /** What crun reads instead of the request's document. */
  document: string;
  operations: readonly Operation[];
}

/** Ids of a container: `0 BASE 65536`. The first base is what users of Docker's ECI know. */
export const FIRST_BASE = 100_000;
export const RANGE = 65_536;

export const STAGING = '/run/bulkhead/staging';
/** Where crun finds the root. */
export const ROOT_PATH = `${STAGING}/root`;
export const slotPath = (slot: number): string => `${STAGING}/slot/${slot}`;
export const TIME_DESCRIPTOR = 1901;
/** Where crun finds the time namespace that the client made. */
export const TIME_PATH = `/proc/self/fd/${TIME_DESCRIPTOR}`;
/** Paths by which crun opens the client's descriptors: of namespace `item`, and of the user namespace that owns it. */
export const namespacePath = (item: number): string => `/proc/self/fd/${NAMESPACE_DESCRIPTOR + item}`;
export const ownerPath = (item: number): string => `/proc/self/fd/${OWNER_DESCRIPTOR + item}`;
export const NAMESPACE_DESCRIPTOR = 2000;
export const OWNER_DESCRIPTOR = 4000;

export const MOST_DOCUMENT_BYTES = 4 * 1024 * 1024;
export const MOST_ITEMS = 1024;
