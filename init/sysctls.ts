/** A kernel setting, why it is so, and where that is said. */
export interface Sysctl {
  /** Path below /proc/sys. */
  path: string;
  value: string;
  reason: string;
  source: string;
}

const kernelDoc = 'Documentation/admin-guide/sysctl/kernel.rst';
const vmDoc = 'Documentation/admin-guide/sysctl/vm.rst';
const fsDoc = 'Documentation/admin-guide/sysctl/fs.rst';
const netDoc = 'Documentation/networking/ip-sysctl.rst';

/** Set at boot, in this order, before anything but PID 1 runs. */
export const sysctls: readonly Sysctl[] = [
  // No way in
  { path: 'kernel/sysrq', value: '0', reason: 'no commands by key or BREAK', source: kernelDoc },
  {
    path: 'kernel/kexec_load_disabled',
    value: '1',
    reason: 'no other kernel until the next boot',
    source: kernelDoc,
  },
  {
    path: 'kernel/core_pattern',
    value: '|/bin/false',
    reason: 'no core dumps, and no helper for them',
    source: kernelDoc,
  },
  { path: 'kernel/kptr_restrict', value: '2', reason: 'no kernel addresses in files', source: kernelDoc },
  { path: 'kernel/dmesg_restrict', value: '1', reason: 'the kernel log only for the VM', source: kernelDoc },
  {
    path: 'kernel/unprivileged_bpf_disabled',
    value: '1',
    reason: 'no BPF from containers',
    source: kernelDoc,
  },
  { path: 'kernel/perf_event_paranoid', value: '3', reason: 'no perf from containers', source: kernelDoc },
  { path: 'fs/suid_dumpable', value: '0', reason: 'no dumps of privileged programs', source: fsDoc },
  { path: 'fs/protected_symlinks', value: '1', reason: 'no link tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_hardlinks', value: '1', reason: 'no link tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_fifos', value: '2', reason: 'no FIFO tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_regular', value: '2', reason: 'no file tricks in shared folders', source: fsDoc },
  // vm.memfd_noexec stays 0: it counts for all containers, and Debian's runc inside of one needs executable memory files
  // (docs/runtime.md).
  // What common containers expect
  {
    path: 'vm/max_map_count',
    value: '262144',
    reason: 'Elasticsearch and OpenSearch refuse to start below',
    source: vmDoc,
  },
  {
    path: 'fs/inotify/max_user_watches',
    value: '1048576',
    reason: 'file watchers of large projects',
    source: 'inotify(7)',
  },
  {
    path: 'fs/inotify/max_user_instances',
    value: '8192',
    reason: 'many watchers in many containers',
    source: 'inotify(7)',
  },
  {
    path: 'kernel/keys/maxkeys',
    value: '20000',
    reason: 'each container has a session keyring',
    source: 'keyrings(7)',
  },
  {
    path: 'kernel/keys/maxbytes',
    value: '2000000',
    reason: 'each container has a session keyring',
    source: 'keyrings(7)',
  },
  { path: 'net/ipv4/ip_forward', value: '1', reason: 'container networks are routed', source: netDoc },
];
