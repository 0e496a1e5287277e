import { expect, test } from 'vitest';
import type { Fact } from '../messages.ts';
import {
  addBind,
  BUILDKIT_BUNDLE,
  bound,
  buildStep,
  dataDisk,
  decide,
  documentOf,
  type Json,
  mountinfo,
  opened,
  plain,
  privileged,
  refusalOf,
  SOURCE,
} from './fixtures.ts';

const DATA = `/var/lib/docker/volumes/db/_data`;

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

test('a slot is named in the document with the flags that crun mounts it with, an attached bind is not', () => {
  const spec = plain();
  addBind(SOURCE, '/data')(spec);
  const { mounts } = documentOf(decide(spec, { facts: { [SOURCE]: volume } }));
  expect(mounts.find(({ destination }: Json) => destination === '/data')).toBeUndefined();
  expect(mounts.find(({ destination }: Json) => destination === '/etc/hosts')).toEqual({
    destination: '/etc/hosts',
    type: 'bind',
    source: '/run/bulkhead/staging/slot/2',
    options: ['rbind', 'rprivate', 'nodev'],
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
