import { getRawPointer } from 'node:ffi';
import { closeSync } from 'node:fs';
import { peekEndedChild, reap } from './children.ts';
import { openDatagram, receive } from './datagram.ts';
import type { Kernel } from './kernel.ts';
import { checked, finitModule, kernelError, libc, pidfdGetfd, pidfdOpen } from './libc.ts';
import * as network from './network.ts';
import { refuseNewCode } from './own-code.ts';
import { watchReadable } from './watch.ts';

/** include/linux/socket.h */
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** include/uapi/linux/time.h */
const CLOCK_REALTIME = 0;
/** include/uapi/linux/fadvise.h */
const POSIX_FADV_WILLNEED = 3;

/** The kernel, through libc. Needs Node 26 with `--experimental-ffi`; loads and checks the C library once. */
export function openKernel(): Kernel {
  return {
    mount: (source, target, type, flags, data) => {
      const options = data ?? null;
      checked(
        libc.mount(source, target, type, BigInt(flags), options),
        'mount',
        source,
        target,
        type,
        flags,
        data,
      );
    },
    unmount: (target, flags) => void checked(libc.umount2(target, flags), 'umount2', target, flags),
    sync: () => libc.sync(),
    reboot: (command) => void checked(libc.reboot(command | 0), 'reboot', command),
    loadModule: (descriptor, parameters, flags) => {
      checked(finitModule(descriptor, parameters, flags), 'finit_module', descriptor, parameters, flags);
    },
    setClock: (at) => {
      // struct timespec { time_t tv_sec; long tv_nsec; }
      const time = Buffer.alloc(16);
      time.writeBigInt64LE(BigInt(Math.floor(at / 1000)), 0);
      time.writeBigInt64LE(BigInt(Math.floor((at - Math.floor(at / 1000) * 1000) * 1e6)), 8);
      checked(libc.clock_settime(CLOCK_REALTIME, time), 'clock_settime', at);
    },
    setHostname: (name) => {
      checked(libc.sethostname(name, BigInt(Buffer.byteLength(name))), 'sethostname', name);
    },
    peekEndedChild,
    reap,
    openDatagram,
    receive,
    watchReadable,
    poll: pollOne,
    takeDescriptor: (pid, descriptor) => {
      const process = checked(pidfdOpen(pid), 'pidfd_open', pid);
      try {
        return checked(pidfdGetfd(process, descriptor), 'pidfd_getfd', pid, descriptor);
      } finally {
        closeSync(process);
      }
    },
    setAddress: (networkInterface, address, prefix) => {
      const request = network.addressRequest(networkInterface, network.ipv4Bytes(address));
      const mask = network.addressRequest(networkInterface, network.netmask(prefix));
      configure('SIOCSIFADDR', network.SIOCSIFADDR, request, networkInterface, address);
      configure('SIOCSIFNETMASK', network.SIOCSIFNETMASK, mask, networkInterface, prefix);
    },
    linkUp: (networkInterface) => {
      const request = network.interfaceRequest(networkInterface);
      configure('SIOCGIFFLAGS', network.SIOCGIFFLAGS, request, networkInterface);
      configure('SIOCSIFFLAGS', network.SIOCSIFFLAGS, network.upRequest(request), networkInterface);
    },
    addDefaultRoute: (gateway, networkInterface) => {
      const bytes = network.ipv4Bytes(gateway);
      const request = network.defaultRouteRequest(bytes, networkInterface, getRawPointer);
      configure('SIOCADDRT', network.SIOCADDRT, request, gateway, networkInterface);
    },
    refuseNewCode,
    trimMemory: () => void libc.malloc_trim(0n),
    prefetch: (descriptor, offset, length) => {
      // This one answers the error itself instead of setting errno: posix_fadvise(2).
      const errno = libc.posix_fadvise(descriptor, BigInt(offset), BigInt(length), POSIX_FADV_WILLNEED);
      if (errno !== 0) throw kernelError('posix_fadvise', errno, [descriptor, offset, length]);
    },
  };
}

/** One ioctl on a socket that exists for it alone; the answer is in `request`. */
function configure(name: string, code: bigint, request: Buffer, ...args: readonly unknown[]): void {
  const descriptor = checked(libc.socket(network.AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', 'AF_INET');
  try {
    checked(libc.ioctl(descriptor, code, request), `ioctl ${name}`, ...args);
  } finally {
    closeSync(descriptor);
  }
}

/** struct pollfd { int fd; short events, revents; } */
function pollOne(descriptor: number, events: number): number {
  const request = Buffer.alloc(8);
  request.writeInt32LE(descriptor, 0);
  request.writeInt16LE(events, 4);
  checked(libc.poll(request, 1n, 0), 'poll', descriptor, events);
  return request.readInt16LE(6);
}
