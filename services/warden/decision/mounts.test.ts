import { expect, test } from 'vitest';
import type { Fact } from '../messages.ts';
import {
  addBind,
  BUILDKIT_BUNDLE,
  buildStep,
  dataDisk,
  decide,
  documentOf,
  ID,
  type Json,
  mountinfo,
  OTHER,
  opened,
  plain,
  privileged,
  refusalOf,
} from './fixtures.ts';

const DOCKER = '/var/lib/docker';
const DATA = `${DOCKER}/volumes/db/_data`;
const SHM = `${DOCKER}/containers/${ID}/mounts/shm`;
const SECRETS = `${DOCKER}/containers/${ID}/mounts/secrets`;
const SOURCE = '/asked/for';

/** The operation that a bind of `SOURCE` becomes. */
function bound(
  fact: Fact,
  {
    destination = '/data',
    options = [] as string[],
    spec = plain() as Json,
    change = (_: Json): void => undefined,
  } = {},
) {
  addBind(SOURCE, destination, ...options)(spec);
  change(spec);
  const plan = decide(spec, { facts: { [SOURCE]: fact } });
  const item =
    1 +
    spec.mounts
      .filter(({ type }: Json) => type === 'bind')
      .findIndex(({ source }: Json) => source === SOURCE);
  return { operation: plan.operations.find((each) => 'item' in each && each.item === item), plan };
}

test.each<[string, Fact, { destination?: string; options?: string[]; spec?: Json }, object]>([
  ['a volume', opened(DATA, dataDisk), {}, { do: 'attach', target: '/data', set: 'id', clear: 'sx' }],
  ['a folder of a volume', opened(`${DATA}/a b`, dataDisk), {}, { do: 'attach', set: 'id' }],
  [
    'a read-only volume',
    opened(DATA, dataDisk),
    { options: ['rbind', 'ro', 'rprivate'] },
    { set: 'idr', clear: 'sx' },
  ],
  ['a recursively read-only volume', opened(DATA, dataDisk), { options: ['rbind', 'rro'] }, { set: 'idr' }],
  ['noexec', opened(DATA, dataDisk), { options: ['rbind', 'noexec'] }, { set: 'idx', clear: 's' }],
  ['nosuid', opened(DATA, dataDisk), { options: ['rbind', 'nosuid'] }, { set: 'ids', clear: 'x' }],
  ['a share', opened('/share/src', mountinfo('virtiofs', '/share')), {}, { set: 'isd', clear: '' }],
  [
    'a folder of a volume, bound elsewhere (volume-subpath)',
    opened(
      '/tmp/safe-mount1',
      mountinfo('ext4', '/tmp/safe-mount1', '/docker/volumes/db/_data/sub', '/dev/vdb', '254:16'),
    ),
    {},
    { do: 'attach', set: 'id' },
  ],
  ['a tmpfs volume', opened(DATA, mountinfo('tmpfs', DATA)), {}, { set: 'id', clear: '' }],
  [
    '--ipc=shareable',
    opened(SHM, mountinfo('tmpfs', SHM)),
    { destination: '/dev/shm' },
    { do: 'slot', set: 'id' },
  ],
  [
    'a secret',
    opened(`${SECRETS}/x`, mountinfo('tmpfs', SECRETS), 0o100400),
    { destination: '/run/secrets/x' },
    { do: 'attach' },
  ],
  [
    '--init',
    opened('/run/bulkhead/bin/docker-init', mountinfo('erofs', '/'), 0o100755),
    { destination: '/sbin/docker-init', options: ['bind', 'ro'] },
    { do: 'attach', set: 'irsd', clear: '' },
  ],
  [
    'a cache of a build',
    opened(`${DOCKER}/overlay2/bbbb/merged`, mountinfo('overlay', `${DOCKER}/overlay2/bbbb/merged`)),
    { spec: buildStep(), destination: '/root/.cache' },
    { do: 'attach', set: 'id' },
  ],
  [
    'a layer of a build',
    opened(`${DOCKER}/overlay2/bbbb/diff/src`, dataDisk),
    { spec: buildStep() },
    { do: 'attach' },
  ],
  [
    'a secret of a build',
    opened(
      `${DOCKER}/tmp/buildkit-secrets12/s`,
      mountinfo('tmpfs', `${DOCKER}/tmp/buildkit-secrets12`),
      0o100400,
    ),
    { spec: buildStep() },
    { do: 'attach' },
  ],
])('a bind is made: %s', (_, fact, how, expected) => {
  expect(bound(fact, how).operation).toMatchObject(expected);
});

const restricted = `can't mount ${SOURCE} because it's configured as a restricted host mount`;

test.each<[string, Fact, { destination?: string; options?: string[]; spec?: Json }, string]>([
  ['/', opened('/', mountinfo('erofs', '/')), {}, restricted],
  ['daemon.json', opened('/run/bulkhead/daemon.json', mountinfo('tmpfs', '/run'), 0o100644), {}, restricted],
  ['the engine’s data', opened(DOCKER, dataDisk), {}, restricted],
  ['the data disk', opened('/var/lib', dataDisk), {}, restricted],
  ['all volumes', opened(`${DOCKER}/volumes`, dataDisk), {}, restricted],
  ['a volume’s own folder', opened(`${DOCKER}/volumes/db`, dataDisk), {}, restricted],
  ['a name that only begins like it', opened(`${DATA}x`, dataDisk), {}, restricted],
  ['layers, without a build', opened(`${DOCKER}/overlay2/bbbb/diff`, dataDisk), {}, restricted],
  ['hosts, elsewhere', opened(`${DOCKER}/containers/${ID}/hosts`, dataDisk, 0o100644), {}, restricted],
  ['config.v2.json', opened(`${DOCKER}/containers/${ID}/config.v2.json`, dataDisk, 0o100644), {}, restricted],
  [
    'secrets of another',
    opened(
      `${DOCKER}/containers/${OTHER}/mounts/secrets/x`,
      mountinfo('tmpfs', `${DOCKER}/containers/${OTHER}/mounts/secrets`),
      0o100400,
    ),
    {},
    restricted,
  ],
  ['/dev/shm elsewhere', opened(SHM, mountinfo('tmpfs', SHM)), {}, restricted],
  ['a socket on a share', opened('/share/a.sock', mountinfo('virtiofs', '/share'), 0o140755), {}, restricted],
  ['docker.sock', opened('/run/docker.sock', mountinfo('tmpfs', '/run'), 0o140660), {}, restricted],
  ['a disk on a volume', opened(`${DATA}/vda`, dataDisk, 0o060660), {}, restricted],
  ['a character device', opened(`${DATA}/mem`, dataDisk, 0o020660), {}, restricted],
  ['a symbolic link', opened(`${DATA}/link`, dataDisk, 0o120777), {}, restricted],
  ['proc', opened('/proc/1/root', mountinfo('proc', '/proc')), {}, restricted],
  ['sysfs', opened('/sys', mountinfo('sysfs', '/sys')), {}, restricted],
  ['cgroup', opened('/sys/fs/cgroup', mountinfo('cgroup2', '/sys/fs/cgroup')), {}, restricted],
  ['devtmpfs', opened('/dev', mountinfo('devtmpfs', '/dev')), {}, restricted],
  [
    'another disk at the place of volumes',
    opened('/mnt/docker/volumes/db/_data', mountinfo('ext4', '/mnt', '/', '/dev/vdc', '254:32')),
    {},
    restricted,
  ],
  [
    'a folder of the data disk, bound into a share',
    opened('/share/x', mountinfo('ext4', '/share/x', '/docker', '/dev/vdb', '254:16')),
    {},
    restricted,
  ],
  [
    'docker-init elsewhere',
    opened('/run/bulkhead/bin/docker-init', mountinfo('erofs', '/'), 0o100755),
    {},
    restricted,
  ],
  [
    'another program',
    opened('/run/bulkhead/bin/dockerd', mountinfo('erofs', '/'), 0o100755),
    { destination: '/sbin/docker-init' },
    restricted,
  ],
  ['something deleted', opened(`${DATA} (deleted)`, dataDisk), {}, restricted],
  ['something missing', { opened: false, errno: 2 }, {}, `can't mount ${SOURCE}: no such file or directory`],
  [
    'rshared',
    opened(DATA, dataDisk),
    { options: ['rbind', 'rshared'] },
    "can't mount /data with rshared propagation",
  ],
  [
    'idmap',
    opened(DATA, dataDisk),
    { options: ['rbind', 'idmap=uids=0-0-1'] },
    'mount option idmap=uids=0-0-1 of /data is not allowed',
  ],
  ['at /', opened(DATA, dataDisk), { destination: '/' }, "can't mount anything at /"],
  ['at a relative place', opened(DATA, dataDisk), { destination: 'data' }, "can't mount anything at data"],
  ['with ..', opened(DATA, dataDisk), { destination: '/a/../b' }, "can't mount anything at /a/../b"],
  ['over /proc', opened(DATA, dataDisk), { destination: '/proc/' }, 'it is inside /proc'],
  ['in /proc', opened(DATA, dataDisk), { destination: '//proc/self' }, 'it is inside /proc'],
  ['a newline in the name', opened('/etc\n/x', mountinfo('erofs', '/')), { destination: '/a' }, restricted],
  [
    'a volume of a folder of the VM (o=bind, device=/etc)',
    opened(DATA, mountinfo('erofs', DATA, '/etc', '/dev/dm-0')),
    {},
    `can't mount ${SOURCE}: the volume is a mount of /dev/dm-0 (erofs, /etc) by driver options; of these, only type=tmpfs is allowed [rule volume-driver`,
  ],
  [
    'a volume of the data disk',
    opened(`${DATA}/x`, mountinfo('ext4', DATA, '/docker', '/dev/vdb', '254:16')),
    {},
    '[rule volume-driver',
  ],
  ['a volume of proc', opened(DATA, mountinfo('proc', DATA)), {}, '[rule volume-driver'],
  [
    'a volume of the VM’s /run',
    opened(DATA, mountinfo('tmpfs', DATA, '/bulkhead', 'tmpfs')),
    {},
    '[rule volume-driver',
  ],
])('a bind is refused: %s', (_, fact, how, words) => {
  expect(refusalOf(() => bound(fact, how).plan.operations)).toContain(words);
});

const volume = opened(DATA, dataDisk);
const tmpfs = (destination: string) => ({ destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid'] });

test.each<[string, string, (spec: Json) => void, 'slot' | 'attach']>([
  ['at a tmpfs', '/run/y', (spec) => spec.mounts.unshift(tmpfs('/run')), 'slot'],
  ['at a tmpfs, by the other name', '/var/run/y', (spec) => spec.mounts.unshift(tmpfs('/run')), 'slot'],
  ['above a tmpfs', '/run', (spec) => spec.mounts.push(tmpfs('/run/x')), 'attach'],
  ['below a later tmpfs', '/run/y', (spec) => spec.mounts.push(tmpfs('/run')), 'attach'],
  ['beside a tmpfs', '/running', (spec) => spec.mounts.unshift(tmpfs('/run')), 'attach'],
  ['in /dev', '/dev/x', () => undefined, 'slot'],
  ['beside /dev', '/device', () => undefined, 'attach'],
  ['/etc/hosts', '/etc/hosts', () => undefined, 'slot'],
  ['in sysfs', '/sys/fs/x', () => undefined, 'slot'],
  [
    'in /run of systemd',
    '/run/y',
    (spec) => {
      spec.process.args = ['/usr/lib/systemd/systemd'];
    },
    'slot',
  ],
])('who makes a bind %s', (_, destination, change, expected) => {
  expect(bound(volume, { destination, change }).operation?.do).toBe(expected);
});

test('a slot is named in the document without flags, an attached bind is not', () => {
  const spec = plain();
  addBind(SOURCE, '/data')(spec);
  const { mounts } = documentOf(decide(spec, { facts: { [SOURCE]: volume } }));
  expect(mounts.find(({ destination }: Json) => destination === '/data')).toBeUndefined();
  expect(mounts.find(({ destination }: Json) => destination === '/etc/hosts')).toEqual({
    destination: '/etc/hosts',
    type: 'bind',
    source: '/run/bulkhead/staging/slot/2',
    options: ['rbind', 'rprivate'],
  });
});

test('a read-only root gets the mount points that crun needs, then is sealed', () => {
  const spec = plain();
  spec.root.readonly = true;
  spec.mounts.push(tmpfs('/tmp'), tmpfs('/tmp/deeper'));
  const made = decide(spec).operations.filter(({ do: what }) => ['mkdir', 'mkfile', 'seal'].includes(what));
  expect(made).toEqual([
    { do: 'mkdir', target: '/proc' },
    { do: 'mkdir', target: '/dev' },
    { do: 'mkdir', target: '/sys' },
    { do: 'mkfile', target: '/etc/resolv.conf' },
    { do: 'mkfile', target: '/etc/hostname' },
    { do: 'mkfile', target: '/etc/hosts' },
    { do: 'mkdir', target: '/tmp' },
    { do: 'seal' },
  ]);
});

test.each<[string, Json, string]>([
  ['overlay', { type: 'overlay', options: ['lowerdir=/'] }, 'type overlay is not allowed'],
  ['no type', { type: undefined }, 'is not allowed'],
  ['debugfs', { type: 'debugfs' }, 'type debugfs is not allowed'],
  ['ext4', { type: 'ext4', source: '/dev/vda' }, 'type ext4 is not allowed'],
  ['constructor', { type: 'constructor' }, 'type constructor is not allowed'],
  ['an unknown option', { options: ['size=1m', 'context=x'] }, 'mount option context=x of /m is not allowed'],
  ['a copy', { options: ['tmpcopyup'] }, 'mount option tmpcopyup'],
  ['an id outside', { options: ['uid=100000'] }, 'mount option uid=100000'],
  ['two options in one', { options: ['size=1m,context=x'] }, 'mount option size=1m,context=x'],
  ['remount', { options: ['remount'] }, 'mount option remount'],
  ['shared', { options: ['shared'] }, 'shared propagation'],
])('a file system is refused: %s', (_, change, words) => {
  const spec = plain();
  spec.mounts.push({ destination: '/m', type: 'tmpfs', source: 'tmpfs', options: [], ...change });
  expect(refusalOf(() => decide(spec))).toContain(words);
});

test('lxcfs covers nothing where no path is masked, and nothing that it does not serve', () => {
  const covers = (spec: Json, facts = {}) =>
    documentOf(decide(spec, { facts })).mounts.filter(({ destination }: Json) =>
      /^\/(proc|sys)\/.*(info|online)/.test(destination),
    ).length;
  expect(covers(plain())).toBe(3);
  expect(covers(privileged())).toBe(0);
  expect(covers(plain(), { '/run/bulkhead/lxcfs/proc/meminfo': { opened: false, errno: 107 } })).toBe(2);
  expect(
    covers(plain(), {
      '/run/bulkhead/lxcfs/proc/meminfo': opened('/etc/passwd', mountinfo('erofs', '/'), 0o100644),
    }),
  ).toBe(2);
});

test.each<[string, Json, Fact, boolean]>([
  [
    'an overlay',
    plain(),
    opened('/var/lib/docker/rootfs/x', mountinfo('overlay', '/var/lib/docker/rootfs/x')),
    true,
  ],
  [
    'a folder of an overlay',
    plain(),
    opened('/var/lib/docker/a/x', mountinfo('overlay', '/var/lib/docker/a')),
    false,
  ],
  ['an overlay elsewhere', plain(), opened('/mnt', mountinfo('overlay', '/mnt')), false],
  ['the VM', plain(), opened('/', mountinfo('erofs', '/')), false],
  ['missing', plain(), { opened: false, errno: 2 }, false],
  [
    'a layer, without a build',
    plain(),
    opened(
      '/var/lib/docker/b',
      mountinfo('ext4', '/var/lib/docker/b', '/docker/overlay2/b/diff', '/dev/vdb', '254:16'),
    ),
    false,
  ],
  [
    'a layer, for a build',
    buildStep(),
    opened(
      `${BUILDKIT_BUNDLE}/rootfs`,
      mountinfo('ext4', `${BUILDKIT_BUNDLE}/rootfs`, '/docker/overlay2/b/diff', '/dev/vdb', '254:16'),
    ),
    true,
  ],
  [
    'a volume, for a build',
    buildStep(),
    opened(
      `${BUILDKIT_BUNDLE}/rootfs`,
      mountinfo('ext4', `${BUILDKIT_BUNDLE}/rootfs`, '/docker', '/dev/vdb', '254:16'),
    ),
    false,
  ],
])('as a root: %s', (_, spec, fact, fits) => {
  const outcome = refusalOf(() => decide(spec, { facts: { [spec.root.path]: fact } }).base);
  expect(outcome.startsWith('no refusal')).toBe(fits);
});
