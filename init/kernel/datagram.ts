import { getRawPointer } from 'node:ffi';
import { chmodSync, closeSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import type { Datagram, Sender } from './kernel.ts';
import { checked, kernelError, lastErrno, libc } from './libc.ts';

/** include/linux/socket.h, include/uapi/asm-generic/socket.h, include/linux/net.h */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const SCM_CREDENTIALS = 2;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** struct sockaddr_un: family, then 108 bytes of path with its NUL. */
const SOCKADDR_UN_BYTES = 110;
const LONGEST_PATH = 107;

/**
 * struct msghdr (56 bytes), struct iovec (16) and one control message lie in one buffer, at these offsets.
 * The control buffer holds exactly one SCM_CREDENTIALS, which the kernel writes first: there is no room for
 * descriptors that a sender passes along, so none is ever installed in PID 1.
 */
const MSGHDR_BYTES = 56;
const IOVEC = 64;
const CONTROL = 96;
const CONTROL_BYTES = 32;
const DATA = 128;

/** See `Kernel.openDatagram`. */
export function openDatagram(path: string, mode: number): number {
  const bytes = Buffer.byteLength(path);
  if (bytes > LONGEST_PATH || path.includes('\0')) {
    throw kernelError('bind', constants.errno.ENAMETOOLONG, [path]);
  }
  const address = Buffer.alloc(SOCKADDR_UN_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  rmSync(path, { force: true });
  const descriptor = checked(libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 'socket');
  try {
    const on = Buffer.alloc(4);
    on.writeInt32LE(1);
    // Before bind: from its first datagram on, every sender is known.
    checked(libc.setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, on, on.length), 'setsockopt', 'SO_PASSCRED');
    checked(libc.bind(descriptor, address, address.length), 'bind', path);
    chmodSync(path, mode);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/** See `Kernel.receive`. */
export function receive(descriptor: number, maxBytes: number): Datagram | undefined {
  const memory = Buffer.alloc(DATA + maxBytes);
  const base = getRawPointer(memory);
  memory.writeBigUInt64LE(base + BigInt(IOVEC), 16); // msg_iov
  memory.writeBigUInt64LE(1n, 24); // msg_iovlen
  memory.writeBigUInt64LE(base + BigInt(CONTROL), 32); // msg_control
  memory.writeBigUInt64LE(BigInt(CONTROL_BYTES), 40); // msg_controllen
  memory.writeBigUInt64LE(base + BigInt(DATA), IOVEC); // iov_base
  memory.writeBigUInt64LE(BigInt(maxBytes), IOVEC + 8); // iov_len
  const length = Number(libc.recvmsg(descriptor, memory, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
  if (length < 0) {
    const errno = lastErrno();
    if (errno === constants.errno.EAGAIN) return undefined;
    throw kernelError('recvmsg', errno, [descriptor]);
  }
  return {
    data: memory.subarray(DATA, DATA + length),
    truncated: (memory.readInt32LE(MSGHDR_BYTES - 8) & MSG_TRUNC) !== 0, // msg_flags
    sender: senderOf(memory),
  };
}

/** struct cmsghdr { size_t len; int level, type; } followed by struct ucred { int pid, uid, gid; }. */
function senderOf(memory: Buffer): Sender | undefined {
  const filled = Number(memory.readBigUInt64LE(40));
  if (filled < CONTROL_BYTES - 4) return undefined;
  const isCredentials =
    memory.readInt32LE(CONTROL + 8) === SOL_SOCKET && memory.readInt32LE(CONTROL + 12) === SCM_CREDENTIALS;
  if (!isCredentials) return undefined;
  return {
    pid: memory.readInt32LE(CONTROL + 16),
    uid: memory.readUInt32LE(CONTROL + 20),
    gid: memory.readUInt32LE(CONTROL + 24),
  };
}
