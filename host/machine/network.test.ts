import { expect, it } from 'vitest';
import { DEFAULT_NETWORK, guestNetwork } from './network.ts';

it.each([
  [DEFAULT_NETWORK.net, DEFAULT_NETWORK],
  [
    '192.168.65.129/28',
    {
      net: '192.168.65.128/28',
      prefix: 28,
      gateway: '192.168.65.130',
      dns: '192.168.65.131',
      guest: '192.168.65.142',
    },
  ],
  [
    '172.31.255.7/16',
    { net: '172.31.0.0/16', prefix: 16, gateway: '172.31.0.2', dns: '172.31.0.3', guest: '172.31.0.15' },
  ],
])('guestNetwork(%s)', (cidr, network) => {
  expect(guestNetwork(cidr)).toEqual(network);
});

it.each([
  '10.0.2.0/29',
  '10.0.0.0/7',
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/24',
  '10.0.2.0',
  '10.0.2.0/24/1',
  '10.0.2.0/x',
  '10.0.2.0/24,hostfwd=tcp::22-:22',
  'fd00::/64',
  '',
])('guestNetwork() has none for %j', (cidr) => {
  expect(guestNetwork(cidr)).toBeUndefined();
});
