import type { Attempt, Attempts } from './attempt.ts';

/** A call by test/images/attempt.c, what the kernel says here, and what it says with plain runc. */
const call = (name: string, here: string, stock: Attempt['stock']): [string, Attempt] => [
  name,
  { line: `attempt ${name}`, here: `errno ${here}`, stock },
];

/** Refused in every container, whatever its profile and capabilities. */
export const deniedCalls: Attempts = Object.fromEntries([
  call('bpf next-id', 'EPERM', 'errno ENOENT'), // there is none
  call('bpf prog-load', 'EPERM', 'ok'),
  call('perf self', 'EPERM', 'ok'),
  call('perf system', 'EPERM', 'ok'),
  call('userfaultfd', 'EPERM', 'ok'),
  // AF_VSOCK and AF_ALG: their modules are not loaded; the errors differ, so the call got to the kernel
  call('socket 40 1', 'EPERM', /^(ok|errno EAFNOSUPPORT)$/),
  call('socket 38 5', 'EPERM', /^(ok|errno EAFNOSUPPORT)$/),
  call('open-by-handle /', 'EPERM', 'errno ESTALE'), // no such inode
  call('kexec', 'EPERM', { same: 'the VM has switched it off for good: kernel.kexec_load_disabled' }),
  call('init-module', 'EPERM', { same: 'no module can be loaded any more: kernel.modules_disabled' }),
  call('swapon /none', 'EPERM', 'errno ENOENT'),
  call('quotactl /none', 'EPERM', 'errno ENOENT'),
  call('acct', 'EPERM', 'ok'),
  call('settime', 'EPERM', 'ok'),
  call('io-uring', 'EPERM', { same: 'the VM has switched it off: kernel.io_uring_disabled' }),
  call('sched-fifo', 'EPERM', 'ok'),
  call('mknod /tmp/disk b 254 0', 'EPERM', 'ok'),
  call('oom-score -1000', 'EACCES', 'ok'),
]);

/** By a container with all capabilities: file systems and disks of the VM, its messages, its settings. */
export const deniedMounts: Attempts = Object.fromEntries([
  [
    'mount debugfs',
    {
      line: 'mount -t debugfs debugfs /mnt',
      here: /No such device/,
      stock: { same: 'the kernel has none: debugfs=off' },
    },
  ],
  [
    'mount tracefs',
    {
      line: 'mount -t tracefs tracefs /mnt',
      here: /permission denied|Operation not permitted/,
      stock: { untried: 'under lockdown=confidentiality kernel 7.3.4 stumbles when a tracefs is unmounted' },
    },
  ],
  ...['securityfs', 'devtmpfs'].map((type): [string, Attempt] => [
    `mount ${type}`,
    { line: `mount -t ${type} ${type} /mnt`, here: /permission denied|Operation not permitted/, stock: '' },
  ]),
  [
    'mount the data disk',
    { line: 'mount -t ext4 /dev/vdb /mnt', here: /No such file|not permitted|denied/, stock: '' },
  ],
  [
    'read the root disk',
    {
      line: "sh -c 'dd if=/dev/vda of=/dev/null bs=512 count=1 2>/dev/null && echo ok || echo no'",
      here: 'no',
      stock: 'ok',
    },
  ],
  [
    'kernel messages',
    {
      line: "sh -c 'dmesg | grep -c Linux'",
      here: /Operation not permitted/,
      stock: /^[1-9]/,
    },
  ],
  [
    'a setting of the VM',
    { line: 'put /proc/sys/vm/swappiness 60', here: /Permission denied|Read-only file/, stock: '' },
  ],
]);
