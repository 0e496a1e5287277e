import { expect, test } from 'vitest';
import { changes } from './compare.ts';
import { acrossRestarts } from './restarts.ts';

const mount = (number: string, options = 'rw,nosuid') =>
  `${number} / /run/bulkhead/lxcfs ${options} - fuse.lxcfs lxcfs rw,user_id=0`;
const folder = (name: string, time: string, mode = 'drwx------') =>
  `${mode}    2 0        0             4096 Nov 25 ${time} ${name}`;

const before = {
  mounts: new Set([mount('0:31'), '254:0 / / ro - erofs /dev/dm-0 ro']),
  processes: new Set(['1 /usr/bin/node', '50 /usr/bin/lxcfs']),
  files: new Set(['85a0  /run/bulkhead/lxcfs.pid', folder('runtimes', '13:54'), 'total 44', 'aa  /canary']),
};
const changed = (after: Partial<typeof before>) =>
  changes(acrossRestarts(before), acrossRestarts({ ...before, ...after }));

test('services that were started again have changed nothing', () => {
  const after = {
    mounts: new Set([mount('0:255'), '254:0 / / ro - erofs /dev/dm-0 ro']),
    processes: new Set(['1 /usr/bin/node', '990 /usr/bin/lxcfs']),
    files: new Set(['dc42  /run/bulkhead/lxcfs.pid', folder('runtimes', '14:17'), 'total 52', 'aa  /canary']),
  };
  expect(changes(before, after)).toHaveLength(10);
  expect(changed(after)).toEqual([]);
});

test.each<[string, Partial<typeof before>, number]>([
  ['options of its mount', { mounts: new Set([mount('0:255', 'rw'), ...before.mounts]) }, 1],
  [
    'another device for the root',
    { mounts: new Set([mount('0:31'), '7:0 / / ro - erofs /dev/loop0 ro']) },
    2,
  ],
  ['one process more', { processes: new Set([...before.processes, '77 /bin/sh']) }, 1],
  ['one more of a program', { processes: new Set([...before.processes, '77 /usr/bin/node']) }, 2],
  ["a folder's mode", { files: new Set([...before.files, folder('runtimes', '14:17', 'drwxrwxrwx')]) }, 1],
  ['a canary', { files: new Set([...before.files, 'bb  /canary']) }, 1],
])('anything else is a finding: %s', (_, after, findings) => {
  expect(changed(after)).toHaveLength(findings);
});
