/**
 * Test data: docker's default profile as dockerd 26.1 emits it for a container without CAP_SYS_ADMIN (moby,
 * profiles/seccomp/default_linux.go): its size and every rule with a condition, with some of the 350 names.
 */
const allowed = (
  'accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown clock_adjtime clock_adjtime64 ' +
  'clock_getres clock_gettime close connect dup execve exit exit_group fcntl fork fstat futex getpid getuid ' +
  'io_uring_enter io_uring_register io_uring_setup ioctl keyctl kill listen lseek mmap mprotect munmap nanosleep ' +
  'open openat pipe poll read recv recvfrom recvmsg rt_sigaction seccomp select send sendmsg sendto setgid setuid ' +
  'shutdown sigaltstack socketcall socketpair stat statx sysinfo time uname wait4 write writev'
).split(' ');

const when = (name: string, value: number, op: string) => ({
  names: [name],
  action: 'SCMP_ACT_ALLOW',
  args: [{ index: 0, value, op }],
});

export function dockerProfile() {
  const filler = Array.from({ length: 280 }, (_, at) => `another_call_${at}`);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [
      { names: [...allowed, ...filler], action: 'SCMP_ACT_ALLOW' },
      { names: ['process_vm_readv', 'process_vm_writev', 'ptrace'], action: 'SCMP_ACT_ALLOW' },
      when('socket', 40, 'SCMP_CMP_NE'),
      ...[0, 8, 131_072, 131_080, 4_294_967_295].map((value) => when('personality', value, 'SCMP_CMP_EQ')),
      { names: ['arch_prctl'], action: 'SCMP_ACT_ALLOW' },
      { names: ['modify_ldt'], action: 'SCMP_ACT_ALLOW' },
      when('clone', 2_114_060_288, 'SCMP_CMP_MASKED_EQ'),
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      { names: ['chroot'], action: 'SCMP_ACT_ALLOW' },
    ],
  };
}
