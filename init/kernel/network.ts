import { isIPv4 } from 'node:net';

/** include/uapi/linux/sockios.h */
export const SIOCADDRT = 0x890bn;
export const SIOCGIFFLAGS = 0x8913n;
export const SIOCSIFFLAGS = 0x8914n;
export const SIOCSIFADDR = 0x8916n;
export const SIOCSIFNETMASK = 0x891cn;

/** include/uapi/linux/if.h */
const IFNAMSIZ = 16;
const IFF_UP = 1;
/** include/uapi/linux/route.h */
const RTF_UP = 1;
const RTF_GATEWAY = 2;

export const AF_INET = 2;

/** struct ifreq on 64-bit machines: a name and a union of 24 bytes. */
const IFREQ_BYTES = 40;
/** struct rtentry on 64-bit machines, and its members that are used. */
const RTENTRY_BYTES = 120;
const RT_DST = 8;
const RT_GATEWAY = 24;
const RT_GENMASK = 40;
const RT_FLAGS = 56;
const RT_DEV = 88;

/** struct ifreq that names an interface. @throws RangeError for a name that no interface can have. */
export function interfaceRequest(networkInterface: string): Buffer {
  if (!/^[A-Za-z0-9._-]{1,15}$/.test(networkInterface)) {
    throw new RangeError(`not an interface name: ${JSON.stringify(networkInterface)}`);
  }
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(networkInterface, 0, 'latin1');
  return request;
}

/** struct ifreq with an IPv4 address. */
export function addressRequest(networkInterface: string, address: Buffer): Buffer {
  const request = interfaceRequest(networkInterface);
  writeSocketAddress(request, IFNAMSIZ, address);
  return request;
}

/** struct ifreq with flags as SIOCGIFFLAGS answered them, and IFF_UP. */
export function upRequest(answer: Buffer): Buffer {
  const request = Buffer.from(answer);
  request.writeInt16LE(answer.readInt16LE(IFNAMSIZ) | IFF_UP, IFNAMSIZ);
  return request;
}

/**
 * struct rtentry: everything goes to `gateway`. The interface's name follows it in the same memory, so that it
 * lives as long as the pointer to it.
 * @param addressOf where a buffer's memory begins.
 */
export function defaultRouteRequest(
  gateway: Buffer,
  networkInterface: string,
  addressOf: (buffer: Buffer) => bigint,
): Buffer {
  const name = interfaceRequest(networkInterface).subarray(0, IFNAMSIZ);
  const request = Buffer.concat([Buffer.alloc(RTENTRY_BYTES), name]);
  const any = Buffer.alloc(4);
  writeSocketAddress(request, RT_DST, any);
  writeSocketAddress(request, RT_GATEWAY, gateway);
  writeSocketAddress(request, RT_GENMASK, any);
  request.writeUInt16LE(RTF_UP | RTF_GATEWAY, RT_FLAGS);
  request.writeBigUInt64LE(addressOf(request) + BigInt(RTENTRY_BYTES), RT_DEV);
  return request;
}

/** An IPv4 address' four bytes. @throws RangeError when it is none. */
export function ipv4Bytes(address: string): Buffer {
  if (!isIPv4(address)) throw new RangeError(`not an IPv4 address: ${JSON.stringify(address)}`);
  return Buffer.from(address.split('.').map(Number));
}

/** The net mask of a prefix length. @throws RangeError outside of 0 to 32. */
export function netmask(prefix: number): Buffer {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 32)
    throw new RangeError(`not a prefix length: ${prefix}`);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE((0xffff_ffff * 2 ** (32 - prefix)) % 2 ** 32);
  return mask;
}

/** struct sockaddr_in, port 0. */
function writeSocketAddress(target: Buffer, offset: number, address: Buffer): void {
  target.writeUInt16LE(AF_INET, offset);
  address.copy(target, offset + 4);
}
