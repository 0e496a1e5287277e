import { describe, expect, it } from 'vitest';
import {
  addressRequest,
  defaultRouteRequest,
  interfaceRequest,
  ipv4Bytes,
  netmask,
  upRequest,
} from './network.ts';

describe('netmask()', () => {
  it.each([
    [0, '00000000'],
    [1, '80000000'],
    [8, 'ff000000'],
    [20, 'fffff000'],
    [24, 'ffffff00'],
    [31, 'fffffffe'],
    [32, 'ffffffff'],
  ])('has %i leading ones', (prefix, hex) => {
    expect(netmask(prefix).toString('hex')).toBe(hex);
  });

  it.each([-1, 33, 1.5, Number.NaN])('refuses %d', (prefix) => {
    expect(() => netmask(prefix)).toThrow(RangeError);
  });
});

describe('requests to the network stack', () => {
  it('lay an address out as struct ifreq', () => {
    const request = addressRequest('eth0', ipv4Bytes('10.0.2.15'));
    expect(request).toHaveLength(40);
    expect(request.toString('hex')).toBe(
      `6574683000000000${'00'.repeat(8)}0200${'0000'}0a00020f${'00'.repeat(16)}`,
    );
  });

  it('keep the flags that an interface has and add IFF_UP', () => {
    const answer = interfaceRequest('lo');
    answer.writeInt16LE(0x1002, 16);
    expect(upRequest(answer).readInt16LE(16)).toBe(0x1003);
  });

  it('lay the default route out as struct rtentry', () => {
    const request = defaultRouteRequest(ipv4Bytes('10.0.2.2'), 'eth0', () => 0x11_0000n);
    expect(request).toHaveLength(120 + 16);
    expect(request.readUInt16LE(56)).toBe(3);
    expect(request.subarray(28, 32).toString('hex')).toBe('0a000202');
    expect(request.readBigUInt64LE(88)).toBe(0x11_0000n + 120n);
    expect(request.toString('latin1', 120)).toBe('eth0'.padEnd(16, '\0'));
  });

  it.each(['', 'a/b', 'sixteen-letters-', 'eth0\0'])('refuse the interface name %j', (name) => {
    expect(() => interfaceRequest(name)).toThrow(RangeError);
  });

  it.each(['', '1.2.3', '::1', '1.2.3.4.5', '256.0.0.1'])('refuse the address %j', (address) => {
    expect(() => ipv4Bytes(address)).toThrow(RangeError);
  });
});
