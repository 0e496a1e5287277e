import { dlopen, getCurrentEventLoop, getRawPointer } from 'node:ffi';
import type { Watch } from './kernel.ts';
import { kernelError } from './libc.ts';

/** uv.h: UV_POLL of uv_handle_type, UV_READABLE of uv_poll_event. */
const UV_POLL = 8;
const UV_READABLE = 1;

// Node itself carries libuv and exports it: addons are promised the functions of uv.h.
const { lib, functions: uv } = dlopen(null, {
  uv_handle_size: { return: 'uint64', arguments: ['int32'] },
  uv_poll_init: { return: 'int32', arguments: ['pointer', 'buffer', 'int32'] },
  uv_poll_start: { return: 'int32', arguments: ['buffer', 'int32', 'pointer'] },
  uv_close: { return: 'void', arguments: ['buffer', 'pointer'] },
});

/**
 * Live handles, by their address. libuv keeps raw pointers to them: what is in this map must stay in it, and
 * so in memory, until libuv has let go.
 */
const watched = new Map<bigint, { memory: Buffer; onEvent: () => void }>();

// One for all handles, for good: a callback that libuv may still hold must never be unregistered.
const onEvent = lib.registerCallback(
  { return: 'void', arguments: ['pointer', 'int32', 'int32'] },
  (handle) => {
    if (typeof handle === 'bigint') watched.get(handle)?.onEvent();
  },
);

/** See `Kernel.watchReadable`. */
export function watchReadable(descriptor: number, onReadable: () => void): Watch {
  const memory = Buffer.alloc(Number(uv.uv_handle_size(UV_POLL)));
  const handle = getRawPointer(memory);
  const opened = uv.uv_poll_init(getCurrentEventLoop(), memory, descriptor);
  if (opened < 0) throw kernelError('uv_poll_init', -opened, [descriptor]);
  let stopped = false;
  let due = false;
  const watch = {
    memory,
    onEvent: () => {
      if (due) return;
      due = true;
      // libuv calls outside of Node's own callback scope: promises would not go on, and an exception would be
      // lost. setImmediate runs in this same turn of the loop, before libuv polls again.
      setImmediate(() => {
        due = false;
        if (!stopped) onReadable();
      });
    },
  };
  watched.set(handle, watch);
  const stop = () => {
    if (stopped) return;
    stopped = true;
    uv.uv_close(memory, 0n);
    // libuv finishes closing after this turn's immediates: the memory is free to go in the turn after that.
    setImmediate(() => setImmediate(() => setImmediate(() => watched.delete(handle))));
  };
  const started = uv.uv_poll_start(memory, UV_READABLE, onEvent);
  if (started < 0) {
    stop();
    throw kernelError('uv_poll_start', -started, [descriptor]);
  }
  return { stop };
}
