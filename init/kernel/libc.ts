import { dlopen, getInt32 } from 'node:ffi';
import { constants } from 'node:os';
import { KernelError } from './kernel.ts';

/** The same on every architecture (include/uapi/asm-generic/unistd.h); only glibc 2.36 has functions for them. */
const PIDFD_OPEN = 434n;
const PIDFD_GETFD = 438n;

/** finit_module has no libc wrapper: its number in arch/<arch>/entry/syscalls. */
const FINIT_MODULE: Readonly<Partial<Record<string, bigint>>> = { x64: 313n, arm64: 273n };

const { functions } = dlopen('libc.so.6', {
  __errno_location: { return: 'pointer', arguments: [] },
  mount: { return: 'int32', arguments: ['string', 'string', 'string', 'uint64', 'string'] },
  umount2: { return: 'int32', arguments: ['string', 'int32'] },
  sync: { return: 'void', arguments: [] },
  reboot: { return: 'int32', arguments: ['int32'] },
  syscall: { return: 'int64', arguments: ['int64', 'int64', 'string', 'int64'] },
  clock_settime: { return: 'int32', arguments: ['int32', 'buffer'] },
  sethostname: { return: 'int32', arguments: ['string', 'uint64'] },
  waitid: { return: 'int32', arguments: ['int32', 'uint32', 'buffer', 'int32'] },
  socket: { return: 'int32', arguments: ['int32', 'int32', 'int32'] },
  bind: { return: 'int32', arguments: ['int32', 'buffer', 'uint32'] },
  setsockopt: { return: 'int32', arguments: ['int32', 'int32', 'int32', 'buffer', 'uint32'] },
  recvmsg: { return: 'int64', arguments: ['int32', 'buffer', 'int32'] },
  poll: { return: 'int32', arguments: ['buffer', 'uint64', 'int32'] },
  ioctl: { return: 'int32', arguments: ['int32', 'uint64', 'buffer'] },
  mprotect: { return: 'int32', arguments: ['uint64', 'uint64', 'int32'] },
  prctl: { return: 'int32', arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'] },
  malloc_trim: { return: 'int32', arguments: ['uint64'] },
  posix_fadvise: { return: 'int32', arguments: ['int32', 'int64', 'int64', 'int32'] },
});

const { functions: withNumbers } = dlopen('libc.so.6', {
  syscall: { return: 'int64', arguments: ['int64', 'int64', 'int64', 'int64'] },
});

/** The C library's functions, unchecked: only this folder calls them. */
export const libc = functions;

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The errno of the call just made. Nothing may run between that call and this. */
export function lastErrno(): number {
  // Through the thread's own location: V8 runs nothing of its own between two calls on one line of JavaScript
  // (design/node-as-pid1.md: right 1.5 million times of 1.5 million).
  return getInt32(libc.__errno_location(), 0);
}

/** The error for `errno`, as the failure of `call`. */
export function kernelError(call: string, errno: number, args: readonly unknown[]): KernelError {
  return new KernelError(call, errnoNames.get(errno) ?? `E${errno}`, errno, args);
}

/** Passes a call's result on. @throws KernelError when it is negative, which is how libc says 'see errno'. */
export function checked(result: number, call: string, ...args: readonly unknown[]): number {
  if (result >= 0) return result;
  throw kernelError(call, lastErrno(), args);
}

/** finit_module(2), which libc does not wrap. @returns as the system call: negative, and errno, on failure. */
export function finitModule(descriptor: number, parameters: string, flags: number): number {
  const number = FINIT_MODULE[process.arch];
  if (number === undefined) throw kernelError('finit_module', constants.errno.ENOSYS, [process.arch]);
  return Number(libc.syscall(number, BigInt(descriptor), parameters, BigInt(flags)));
}

/** pidfd_open(2). @returns as the system call */
export const pidfdOpen = (pid: number): number =>
  Number(withNumbers.syscall(PIDFD_OPEN, BigInt(pid), 0n, 0n));

/** pidfd_getfd(2). @returns as the system call */
export const pidfdGetfd = (pidfd: number, descriptor: number): number =>
  Number(withNumbers.syscall(PIDFD_GETFD, BigInt(pidfd), BigInt(descriptor), 0n));
