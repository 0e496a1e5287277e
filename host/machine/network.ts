import { isIPv4 } from 'node:net';

/** QEMU's user network, stated rather than relied on. */
export interface GuestNetwork {
  /** With its prefix: `10.0.2.0/24`. */
  readonly net: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly dns: string;
  readonly guest: string;
}

/** QEMU's own addresses (qemu(1), -netdev user). */
export const DEFAULT_NETWORK: GuestNetwork = {
  net: '10.0.2.0/24',
  prefix: 24,
  gateway: '10.0.2.2',
  dns: '10.0.2.3',
  guest: '10.0.2.15',
};

/** Smallest and largest that are of use: gateway, name server and guest must fit; a /8 is all of 10.0.0.0. */
const LONGEST_PREFIX = 28;
const SHORTEST_PREFIX = 8;
/** First octets that lead to no host: this network, loopback, multicast and above (RFC 6890). */
const unusable = (first: number) => first === 0 || first === 127 || first >= 224;

/** The addresses in a subnet; undefined for one that cannot be the VM's. Pure. */
export function guestNetwork(cidr: string): GuestNetwork | undefined {
  const [address = '', length = '', ...more] = cidr.split('/');
  const prefix = Number(length);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || more.length > 0) return undefined;
  if (prefix < SHORTEST_PREFIX || prefix > LONGEST_PREFIX) return undefined;
  const size = 2 ** (32 - prefix);
  const given = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
  const base = given - (given % size);
  if (unusable(Math.floor(base / 2 ** 24))) return undefined;
  const at = (offset: number) => [24, 16, 8, 0].map((bits) => ((base + offset) >>> bits) & 255).join('.');
  return {
    net: `${at(0)}/${prefix}`,
    prefix,
    gateway: at(2),
    dns: at(3),
    guest: at(Math.min(15, size - 2)), // the last address of a /28 is its broadcast's
  };
}
