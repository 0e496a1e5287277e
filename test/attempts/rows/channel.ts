import type { Attempts } from '../attempt.ts';

/** By a privileged container: the ways to the host's channel, which nothing but its own process in the VM has. */
export const channelAttempts: Attempts = {
  'the nodes of its ports': { line: "sh -c 'ls /dev | grep -c vport'", here: /^0/, stock: /^[1-9]/ },
  'a node of its own': {
    line: `sh -c 'set -- $(cat /sys/class/virtio-ports/vport*p1/dev | tr : " "); mknod /port c $1 $2 && cat /port'`,
    here: /not permitted|denied|usage|No such/i,
    stock: /busy/, // the kernel lets one process open a port (drivers/char/virtio_console.c): it got as far as that
  },
  'a socket of the virtual machine': {
    line: 'attempt socket 40 1',
    here: 'errno EPERM',
    stock: /^(ok|errno EAFNOSUPPORT)$/, // its module is not loaded; the call got to the kernel
  },
};

/** Asked for by name: the answer must be a refusal here, and a container with plain runc. */
export const channelPaths: readonly string[] = [
  '/run/bulkhead/channel',
  '/run/bulkhead/channel/init.sock',
  '/run/bulkhead/policy',
  '/run/bulkhead/warden/runtime.sock',
  '/var/bulkhead',
];
