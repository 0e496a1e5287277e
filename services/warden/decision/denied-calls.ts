/** System calls that no container makes, whatever its profile and its capabilities. */
export const deniedCalls: readonly string[] = [
  // Programs and counters in the kernel; handles that reach files by number (CVE-2014-3519's class); a pager in user space
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'open_by_handle_at',
  'lookup_dcookie',
  // The VM's disk, swap and accounting
  'quotactl',
  'quotactl_fd',
  'acct',
  'swapon',
  'swapoff',
  'nfsservctl',
  // Another kernel, or more of it
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'create_module',
  'query_module',
  'get_kernel_syms',
  // The VM's clock, which the host keeps
  'settimeofday',
  'stime',
  'clock_settime',
  'clock_settime64',
  'clock_adjtime',
  'clock_adjtime64',
  'adjtimex',
  // Ports of the machine
  'iopl',
  'ioperm',
];

/**
 * io_uring(7), unless the policy allows it. It also makes sockets (IORING_OP_SOCKET), which no filter sees: with it
 * allowed, AF_VSOCK and AF_ALG are open.
 */
export const ioUringCalls: readonly string[] = ['io_uring_setup', 'io_uring_enter', 'io_uring_register'];
