import { constants } from 'node:os';
import type { EndedChild } from './kernel.ts';
import { kernelError, lastErrno, libc } from './libc.ts';

/** include/uapi/linux/wait.h */
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** include/uapi/asm-generic/siginfo.h: the child ended by itself; anything else is a signal. */
const CLD_EXITED = 1;

/** siginfo_t is 128 bytes; offsets as for SIGCHLD on 64-bit machines. */
const SIGINFO_BYTES = 128;
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;

/** Any ended child; it stays a zombie, so that libuv still gets what is libuv's. */
export function peekEndedChild(): EndedChild | undefined {
  return wait(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT);
}

/** Reaps `pid` if it has ended. */
export function reap(pid: number): EndedChild | undefined {
  return wait(P_PID, pid, WEXITED | WNOHANG);
}

function wait(idType: number, id: number, options: number): EndedChild | undefined {
  const info = Buffer.alloc(SIGINFO_BYTES);
  if (libc.waitid(idType, id, info, options) < 0) {
    const errno = lastErrno();
    if (errno === constants.errno.ECHILD) return undefined;
    throw kernelError('waitid', errno, [idType, id, options]);
  }
  const pid = info.readInt32LE(SI_PID);
  if (pid === 0) return undefined; // WNOHANG, and none has ended
  return { pid, code: info.readInt32LE(SI_STATUS), signalled: info.readInt32LE(SI_CODE) !== CLD_EXITED };
}
