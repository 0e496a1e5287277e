import { expect, test } from 'vitest';
import { parseCommandLine } from './commandline.ts';

test('parseCommandLine() reads a static address and leaves the kernel its own words', () => {
  expect(
    parseCommandLine('console=ttyS0 quiet bulkhead.net=10.0.2.15/24,10.0.2.2,10.0.2.3\n').network,
  ).toEqual({
    kind: 'static',
    address: '10.0.2.15',
    prefix: 24,
    gateway: '10.0.2.2',
    nameServer: '10.0.2.3',
  });
});

test('parseCommandLine() asks DHCP when nothing is said', () => {
  expect(parseCommandLine('console=ttyS0').network).toEqual({ kind: 'dhcp' });
});

test.each([
  ['bulkhead.debug=1', 'bulkhead.debug is not a setting'],
  ['bulkhead.net=dhcp bulkhead.net=dhcp', 'twice'],
  ['bulkhead.net=10.0.2.15,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/33,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24/1,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24,10.0.2.2', 'neither dhcp nor'],
  ['bulkhead.net=10.0.2.15/24,10.0.2.2,10.0.2.3,x', 'neither dhcp nor'],
  ['bulkhead.net=999.0.2.15/24,10.0.2.2,10.0.2.3', 'neither dhcp nor'],
  ['bulkhead.net=', 'neither dhcp nor'],
])('parseCommandLine() refuses %j', (line, message) => {
  expect(() => parseCommandLine(line)).toThrow(message);
});
