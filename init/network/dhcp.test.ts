import { expect, test } from 'vitest';
import { parseNameServers } from './dhcp.ts';

test.each([
  ["domain_name_servers='10.0.2.3'\n", ['10.0.2.3']],
  ["x=1\ndomain_name_servers='10.0.2.3 10.0.2.4'\ny=2", ['10.0.2.3', '10.0.2.4']],
  ['domain_name_servers=10.0.2.3\n', ['10.0.2.3']],
  ["domain_name_servers='10.0.2.3;reboot evil'\n", []],
  ['', []],
])('parseNameServers(%j)', (dump, servers) => {
  expect(parseNameServers(dump)).toEqual(servers);
});
