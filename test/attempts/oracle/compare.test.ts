import { expect, test } from 'vitest';
import { changes, stateOf } from './compare.ts';
import { plantedChanges, unseen } from './planted-changes.ts';
import { stateScript } from './script.ts';

const found = {
  clock: '1000010 10.5 8.0',
  mounts: '24 1 254:0 / / ro,relatime shared:3 - erofs /dev/dm-0 ro',
  processes: [
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/1/exe -> /usr/bin/node',
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/1/ns/mnt -> mnt:[1]',
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/2/exe',
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/2/ns/mnt -> mnt:[1]',
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/9/exe -> /bin/sh',
    'lrwxrwxrwx 1 root root 0 Nov 25 03:10 /proc/9/ns/mnt -> mnt:[9]',
  ].join('\n'),
  sockets: [
    'tcp6   0: 00000000000000000000000000000000:0948 00000000000000000000000000000000:0000 0A 0',
    'tcp   1: 0F02000A:0948 0202000A:9999 01 0',
    'unix 0000000000000000: 00000002 00000000 00010000 0001 01   211 /run/bulkhead/channel/init.sock',
    'unix 0000000000000000: 00000003 00000000 00000000 0001 03   262',
  ].join('\n'),
  sysctls: '/proc/sys/vm/swappiness:60\n/proc/sys/fs/file-nr:900\t0\t9000',
};
const before = stateOf(found);

test('facts are read: what runs in the VM itself, who listens, when it booted; what changes by itself is not', () => {
  expect(Object.fromEntries(Object.entries(before).map(([name, facts]) => [name, [...facts]]))).toEqual({
    clock: ['1000000'],
    mounts: ['254:0 / / ro,relatime - erofs /dev/dm-0 ro'],
    processes: ['1 /usr/bin/node'],
    sockets: ['tcp6 00000000000000000000000000000000:0948', 'unix /run/bulkhead/channel/init.sock'],
    sysctls: ['/proc/sys/vm/swappiness:60'],
  });
});

test.each<[string, Partial<typeof found>, string[]]>([
  ['nothing', {}, []],
  ['only time', { clock: '1000999 999.9 8.0' }, []],
  ['the clock', { clock: '1000070 10.5 8.0' }, ['clock: - 1000000', 'clock: + 1000060']],
  [
    'a setting',
    { sysctls: '/proc/sys/vm/swappiness:61' },
    ['sysctls: - /proc/sys/vm/swappiness:60', 'sysctls: + /proc/sys/vm/swappiness:61'],
  ],
  ['a mount is gone', { mounts: '' }, ['mounts: - 254:0 / / ro,relatime - erofs /dev/dm-0 ro']],
])('what has changed: %s', (_, changed, said) => {
  expect(changes(before, stateOf({ ...found, ...changed }))).toEqual(said);
});

test('each section but that of modules, of which none can be loaded, has a change that is made on purpose', () => {
  const sections = [...stateScript(1).matchAll(/^echo '@@(\w+)='/gm)].map(([, name]) => name);
  const planted = new Set(plantedChanges.map(({ section }) => section));
  expect(sections.filter((name) => !planted.has(name ?? ''))).toEqual(['modules']);
  expect(unseen([])).toHaveLength(planted.size);
  expect(unseen([...planted].map((section) => `${section}: + x`))).toEqual([]);
});
