import { expect, test } from 'vitest';
import { mountPointsBelow } from './left-behind.ts';

const table = `21 1 254:0 / / ro - erofs /dev/dm-0 ro
40 21 254:16 / /var/lib rw,nodev - ext4 /dev/vdb rw
61 40 0:50 / /var/lib/docker/tmp/a\\040b rw - tmpfs tmpfs rw
62 61 0:51 / /var/lib/docker/tmp/a\\040b/below rw - tmpfs tmpfs rw
63 40 0:52 / /var/lib/docker/tmpfs rw - tmpfs tmpfs rw
64 21 0:53 / /run/lxcfs rw - fuse.lxcfs lxcfs rw
65 21 0:54 / /run/lxcfs rw - fuse.lxcfs lxcfs rw
`;

test.each([
  [['/var/lib/docker/tmp'], ['/var/lib/docker/tmp/a b/below', '/var/lib/docker/tmp/a b']],
  [['/run/lxcfs'], ['/run/lxcfs', '/run/lxcfs']],
  [
    ['/run/lxcfs', '/var/lib/docker/tmp/a b/below'],
    ['/run/lxcfs', '/run/lxcfs', '/var/lib/docker/tmp/a b/below'],
  ],
  [['/var/lib/docker/executor'], []],
  [[], []],
])('mountPointsBelow() of %j', (folders, points) => {
  expect(mountPointsBelow(table, folders)).toEqual(points);
});

test('a table that is cut off, or empty, has no mount points', () => {
  expect(mountPointsBelow('', ['/var'])).toEqual([]);
  expect(mountPointsBelow('40 21 254:16\n', ['/var'])).toEqual([]);
});
