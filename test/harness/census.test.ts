import { expect, test } from 'vitest';
import { unconfined } from './census.ts';

const listing = (...processes: [pid: number, user: number, space: number][]) =>
  processes
    .flatMap(([pid, user, space]) => [
      `lrwxrwxrwx    1 root     root             0 Nov 25 08:00 /proc/${pid}/ns/pid -> pid:[${space}]`,
      `lrwxrwxrwx    1 root     root             0 Nov 25 08:00 /proc/${pid}/ns/user -> user:[${user}]`,
    ])
    .join('\n');

test.each<[string, string, number[]]>([
  ['only the VM itself', listing([1, 10, 20], [7, 10, 20]), []],
  ['a container with users of its own', listing([1, 10, 20], [7, 11, 21]), []],
  ["a container with the VM's users", listing([1, 10, 20], [7, 10, 21]), [7]],
  ['one that ended while it was looked at', `${listing([1, 10, 20])}\n/proc/9/ns/pid -> pid:[21]`, []],
])('%s', (_, text, found) => {
  expect(unconfined(text)).toEqual(found);
});
