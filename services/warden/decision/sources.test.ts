import { describe, expect, test } from 'vitest';
import { socketOf } from '../../sockets/places.ts';
import type { Fact } from '../messages.ts';
import {
  bound,
  buildStep,
  dataDisk,
  decide,
  ID,
  type Json,
  mountinfo,
  OTHER,
  opened,
  plain,
  refusalOf,
  SOURCE,
} from './fixtures.ts';

const DOCKER = '/var/lib/docker';
const DATA = `${DOCKER}/volumes/db/_data`;
const SHM = `${DOCKER}/containers/${ID}/mounts/shm`;
const SECRETS = `${DOCKER}/containers/${ID}/mounts/secrets`;

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
  [
    'the socket of another container',
    opened(socketOf(OTHER), mountinfo('tmpfs', '/run'), 0o140660),
    {},
    restricted,
  ],
  ['docker.sock', opened('/run/docker.sock', mountinfo('tmpfs', '/run'), 0o140660), {}, restricted],
  ['a disk on a volume', opened(`${DATA}/vda`, dataDisk, 0o060660), {}, restricted],
  ['a character device', opened(`${DATA}/mem`, dataDisk, 0o020660), {}, restricted],
  ['a symbolic link', opened(`${DATA}/link`, dataDisk, 0o120777), {}, restricted],
  ['a root of another mount namespace', opened('/', ''), {}, restricted],
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

describe("the engine's socket", () => {
  const withSocket = (source: string) => ({
    ...plain(),
    mounts: [...plain().mounts, { destination: '/s', type: 'bind', source, options: ['rbind', 'rprivate'] }],
  });
  const own = opened(socketOf(ID), mountinfo('tmpfs', '/run'), 0o140660);
  const real = opened('/run/docker.sock', mountinfo('tmpfs', '/run'), 0o140660);
  const scene = (sockets: boolean, fact = own) => ({
    facts: { [socketOf(ID)]: fact, '/run/docker.sock': real },
    policy: { sockets },
  });

  test.each(['/run/docker.sock', '/var/run/docker.sock', '/var/run/../run/./docker.sock'])(
    'asked for as %s, is the one that was made for this container',
    (source) => {
      const { operations } = decide(withSocket(source), scene(true));
      expect(operations).toContainEqual(expect.objectContaining({ do: 'attach', target: '/s', set: 'id' }));
    },
  );

  test('is refused where no image may have it, and where the one that is found is not the container’s own', () => {
    const words = "can't mount /run/docker.sock because it's configured as a restricted host mount";
    expect(refusalOf(() => decide(withSocket('/run/docker.sock'), scene(false)))).toContain(words);
    for (const other of [
      real,
      opened(socketOf(OTHER), mountinfo('tmpfs', '/run'), 0o140660),
      opened(socketOf(ID), mountinfo('tmpfs', '/tmp'), 0o140660),
      opened(socketOf(ID), mountinfo('tmpfs', '/run'), 0o060660),
    ])
      expect(refusalOf(() => decide(withSocket('/run/docker.sock'), scene(true, other)))).toContain(words);
  });
});
