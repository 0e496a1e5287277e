import type { MountInfo } from '../../../policy/kernel/mount-info.ts';
import { socketOf } from '../../sockets/places.ts';
import type { Fact, MountFlags, Opened } from '../messages.ts';
import { mountOf, placeIn } from './mountinfo.ts';
import { Refused, shown } from './refusal.ts';

/** What a bind mount asks for, and what the kernel says of its source. */
export interface Bind {
  /** As the spec has it: only for messages. */
  source: string;
  destination: string;
  opened: Opened;
  mount: MountInfo;
}

/** Who asks. */
export interface Asker {
  id: string;
  /** BuildKit's executor, which binds its own snapshots. */
  buildKit: boolean;
  /** `major:minor` of the data disk. */
  dataDisk: string | undefined;
  /** Whether any image may have the engine's socket. */
  sockets: boolean;
}

/** Flags that a kind of source gets, whatever is asked. */
export interface SourceFlags {
  set: MountFlags;
  /** What the file system is mounted with but a container need not be, unless it asks to. */
  clear: MountFlags;
}

const BUNDLES_OF_BUILDKIT = '/var/lib/docker/buildkit/';
const DOCKER_INIT = '/run/bulkhead/bin/docker-init';
/** dockerd sets TMPDIR to the second (moby, daemon/daemon.go, prepareTempDir). */
const TEMPORARY = '^(/tmp|/var/lib/docker/tmp)';

const data = { set: 'id', clear: 'sx' };
const temporary = { set: 'id', clear: '' };
const share = { set: 'isd', clear: '' };
const program = { set: 'irsd', clear: '' };

/** Places on the data disk, which is /var/lib, and for what. */
const places: { place: RegExp; fits(bind: Bind, asker: Asker, match: RegExpExecArray): boolean }[] = [
  { place: /^\/docker\/volumes\/[a-zA-Z0-9][a-zA-Z0-9_.-]*\/_data(\/|$)/s, fits: () => true },
  {
    place: /^\/docker\/containers\/[0-9a-f]{64}\/(hosts|hostname|resolv\.conf)$/,
    fits: ({ destination }, _, [, name]) => destination === `/etc/${name}`,
  },
  {
    place: /^\/docker\/containers\/([0-9a-f]{64})\/(configs|mounts\/secrets)\/./s,
    fits: (_, { id }, [, container]) => container === id,
  },
  { place: /^\/docker\/buildkit\/executor\/[^/]+$/, fits: (_, { buildKit }) => buildKit },
  {
    place: /^\/docker\/overlay2\/[a-z0-9]+\/(diff|merged)(\/|$)/s,
    fits: (_, { buildKit }) => buildKit,
  },
];

/** Whether BuildKit wrote this bundle (moby, builder/builder-next/executor_linux.go). */
export function isOfBuildKit(bundle: string): boolean {
  return bundle.startsWith(BUNDLES_OF_BUILDKIT) && !bundle.split('/').includes('..');
}

/**
 * The data disk is what is mounted at /var/lib; every container has a file from there. dockerd binds its own folder on
 * itself (moby, daemon/daemon_unix.go, setupDaemonRoot), so that a line may show that mount instead.
 */
export function findDataDisk(facts: readonly Fact[]): string | undefined {
  for (const fact of facts) {
    if (!fact.opened || fact.mountinfo === '') continue;
    const mount = mountOf(fact.mountinfo);
    const below = mount.mountPoint === `/var/lib${mount.root === '/' ? '' : mount.root}`;
    const known = mount.root === '/' || mount.root === '/docker';
    if (below && known && mount.type === 'ext4') return mount.device;
  }
  return undefined;
}

/**
 * Whether a container may see this source. Judged by what the opened descriptor is, never by the path in the spec: no
 * symbolic link, other name or exchange of folders in between changes it.
 * @throws Refused (mounts, volume-driver)
 */
export function judgeSource(source: string, destination: string, fact: Fact, asker: Asker): SourceFlags {
  if (!fact.opened) throw new Refused('mounts', `can't mount ${shown(source)}: ${reason(fact.errno)}`);
  if (fact.mountinfo === '') throw restricted(source); // in another mount namespace: /proc/1/root
  const bind = { source, destination, opened: fact, mount: mountOf(fact.mountinfo) };
  if (isOwnSocket(bind, asker)) return temporary;
  if (!isPlain(fact.mode)) throw restricted(source);
  const flags = flagsOf(bind, asker);
  if (flags === undefined) throw restricted(source);
  return flags;
}

function flagsOf(bind: Bind, asker: Asker): SourceFlags | undefined {
  const { mount, opened } = bind;
  if (/^\/var\/lib\/docker\/volumes\/[^/]+\/_data(\/|$)/.test(mount.mountPoint)) return fromDriver(bind);
  switch (mount.type) {
    case 'virtiofs':
      return share;
    case 'ext4': {
      const place = mount.device === asker.dataDisk ? placeIn(mount, opened.path) : undefined;
      const fits = places.some((each) => {
        const match = place === undefined ? null : each.place.exec(place);
        return match !== null && each.fits(bind, asker, match);
      });
      return fits ? data : undefined;
    }
    case 'tmpfs':
      return isOwnTemporary(bind, asker) ? temporary : undefined;
    case 'overlay':
      return asker.buildKit && isSnapshot(mount.mountPoint) ? temporary : undefined;
    case 'erofs':
      return opened.path === DOCKER_INIT && bind.destination === '/sbin/docker-init' ? program : undefined;
    default:
      return undefined;
  }
}

/** The one that services/sockets/ made for this container: all that it leads to is what the authorizer allows it. */
function isOwnSocket({ mount, opened }: Bind, { id, sockets }: Asker): boolean {
  const isSocket = (opened.mode & 0o170000) === 0o140000;
  return (
    sockets &&
    isSocket &&
    mount.type === 'tmpfs' &&
    mount.mountPoint === '/run' &&
    opened.path === socketOf(id)
  );
}

/** tmpfs that dockerd makes for one container, or BuildKit for one step. */
function isOwnTemporary({ mount, opened, destination }: Bind, { id, buildKit }: Asker): boolean {
  const own = /^\/var\/lib\/docker\/containers\/([0-9a-f]{64})\/mounts\/(shm|secrets)$/.exec(
    mount.mountPoint,
  );
  // With --ipc container:x, /dev/shm is x's: dockerd binds it from there.
  if (own?.[2] === 'shm') return opened.path === mount.mountPoint && destination === '/dev/shm';
  if (own?.[2] === 'secrets') return own[1] === id;
  return buildKit && new RegExp(`${TEMPORARY}/buildkit-secrets\\d+$`).test(mount.mountPoint);
}

/** Layers below one another, as dockerd or BuildKit has them mounted. */
function isSnapshot(mountPoint: string): boolean {
  return (
    /^\/var\/lib\/docker\/overlay2\/[a-z0-9]+\/merged$/.test(mountPoint) ||
    new RegExp(`${TEMPORARY}/buildkit-mount\\d+$`).test(mountPoint)
  );
}

/**
 * `docker volume create -o type=… -o o=bind -o device=/etc`: dockerd mounts it as root, before anybody sees the container
 * (moby, volume/local/local_unix.go).
 */
function fromDriver({ source, mount }: Bind): SourceFlags {
  if (mount.type === 'tmpfs' && mount.source === 'tmpfs' && mount.root === '/') return temporary;
  throw new Refused(
    'volume-driver',
    `can't mount ${shown(source)}: the volume is a mount of ${shown(mount.source)} (${shown(mount.type)}, ` +
      `${shown(mount.root)}) by driver options; of these, only type=tmpfs is allowed`,
  );
}

export function restricted(source: string): Refused {
  return new Refused(
    'mounts',
    `can't mount ${shown(source)} because it's configured as a restricted host mount`,
  );
}

/** inode(7): S_IFDIR, S_IFREG and S_IFIFO. Sockets and devices lead out of the container. */
function isPlain(mode: number): boolean {
  return [0o040000, 0o100000, 0o010000].includes(mode & 0o170000);
}

export function isFolder({ mode }: Opened): boolean {
  return (mode & 0o170000) === 0o040000;
}

export function reason(errno: number): string {
  const known: Record<number, string> = {
    2: 'no such file or directory',
    13: 'permission denied',
    20: 'not a directory',
    40: 'too many symbolic links',
  };
  return known[errno] ?? `error ${errno}`;
}
