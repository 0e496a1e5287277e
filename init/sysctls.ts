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
  {
    path: 'kernel/yama/ptrace_scope',
    value: '1',
    reason:
      'a process attaches to its children only, or with SYS_PTRACE: what debuggers in containers need, and no more',
    source: 'Documentation/admin-guide/LSM/Yama.rst',
  },
  {
    path: 'kernel/io_uring_disabled',
    value: '2',
    reason: 'nothing here uses it, containers are refused it anyway, and it has had many flaws',
    source: kernelDoc,
  },
  {
    path: 'net/core/bpf_jit_harden',
    value: '2',
    reason: "constants of a container's socket and seccomp filters are no code",
    source: 'Documentation/admin-guide/sysctl/net.rst',
  },
  {
    path: 'kernel/oops_limit',
    value: '100',
    reason: 'an attack that needs many crashes of the kernel ends the VM instead',
    source: kernelDoc,
  },
  {
    path: 'kernel/modprobe',
    value: '',
    reason: 'the kernel starts no program to find a module',
    source: kernelDoc,
  },
  {
    path: 'kernel/usermodehelper/bset',
    value: '0 0',
    reason: 'should the kernel start a program, it has no capabilities',
    source: kernelDoc,
  },
  {
    path: 'dev/tty/ldisc_autoload',
    value: '0',
    reason: 'no module for a terminal on demand',
    source: 'Documentation/admin-guide/sysctl/kernel.rst; CVE-2017-2636',
  },
  { path: 'fs/suid_dumpable', value: '0', reason: 'no dumps of privileged programs', source: fsDoc },
  { path: 'fs/protected_symlinks', value: '1', reason: 'no link tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_hardlinks', value: '1', reason: 'no link tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_fifos', value: '2', reason: 'no FIFO tricks in shared folders', source: fsDoc },
  { path: 'fs/protected_regular', value: '2', reason: 'no file tricks in shared folders', source: fsDoc },
  // vm.memfd_noexec stays 0: it counts for all containers, and Debian's runc inside of one needs executable memory files
  // (docs/runtime.md).
  // Networks: the VM's own addresses and routes come from the launcher, and change for nobody
  ...['ipv4', 'ipv6'].flatMap((family) =>
    ['all', 'default'].flatMap((which) => [
      {
        path: `net/${family}/conf/${which}/accept_redirects`,
        value: '0',
        reason: 'no route from somebody on the network',
        source: netDoc,
      },
      {
        path: `net/${family}/conf/${which}/accept_source_route`,
        value: '0',
        reason: 'no sender chooses the way of its packets',
        source: netDoc,
      },
    ]),
  ),
  ...['all', 'default'].map((which) => ({
    path: `net/ipv6/conf/${which}/accept_ra`,
    value: '0',
    reason: 'no address and no router from somebody on the network',
    source: netDoc,
  })),
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
