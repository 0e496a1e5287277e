import { describe, expect, test } from 'vitest';
import { defaultGateway, firewallRules } from './firewall.ts';

const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  '',
].join('\n');

test.each([
  [ROUTES, 'eth0', '10.0.2.2'],
  [ROUTES, 'eth1', undefined],
  ['', 'eth0', undefined],
])('defaultGateway()', (table, card, gateway) => {
  expect(defaultGateway(table, card)).toBe(gateway);
});

describe('firewallRules()', () => {
  const lines = (family: 'ipv4' | 'ipv6', gateway?: string) =>
    firewallRules(family, { card: 'eth0', gateway }).split('\n');

  test('drop the TLS port from everything but the uplink, in both families, before anything else', () => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const rules = lines(family);
      expect(rules).toContain('-A BULKHEAD-INPUT -p tcp -m tcp --dport 2376 -j DROP');
      expect(rules.indexOf('-A BULKHEAD-INPUT -i eth0 -j RETURN')).toBeLessThan(
        rules.indexOf('-A BULKHEAD-INPUT -p tcp -m tcp --dport 2376 -j DROP'),
      );
      expect(rules.slice(-3)).toEqual(['-I INPUT -j BULKHEAD-INPUT', 'COMMIT', '']);
    }
  });

  test('let containers ask names of the gateway, answer what came from there, and nothing else', () => {
    const of = lines('ipv4', '10.0.2.2').filter((rule) => rule.startsWith('-A DOCKER-USER'));
    expect(of.at(-1)).toBe('-A DOCKER-USER -d 10.0.2.2/32 -o eth0 -j DROP');
    expect(of[0]).toBe(
      '-A DOCKER-USER -d 10.0.2.2/32 -o eth0 -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN',
    );
    expect(of.slice(1, -1).every((rule) => rule.endsWith('--dport 53 -j RETURN'))).toBe(true);
    expect(lines('ipv6', '10.0.2.2').join()).not.toContain('DOCKER-USER');
    expect(lines('ipv4').join()).not.toContain('DOCKER-USER');
  });
});
