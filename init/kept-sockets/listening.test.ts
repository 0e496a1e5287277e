import { expect, test } from 'vitest';
import { listeningSockets } from './listening.ts';

test('of all sockets, those that are listened on and have a path', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 24511 /run/bulkhead/sockets/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 24512 /run/bulkhead/sockets/connected.sock
0000000000000000: 00000002 00000000 00000000 0002 01    77 /run/bulkhead/notify/dockerd
0000000000000000: 00000002 00000000 00010000 0005 01 24513 /run/seqpacket
0000000000000000: 00000002 00000000 00010000 0001 01 24514 @abstract
0000000000000000: 00000003 00000000 00000000 0001 03  9001
`;
  expect(listeningSockets(table)).toEqual([{ inode: '24511', path: '/run/bulkhead/sockets/a b.sock' }]);
});
