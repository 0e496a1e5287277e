import type { Attempt, Attempts } from '../attempt.ts';
import { alone, inside, type Row } from '../row.ts';

/** A call by test/images/attempt.c, what the kernel says here, and what it says with plain runc. */
const call = (name: string, here: string, stock: Attempt['stock']): [string, Attempt] => [
  name,
  { line: `attempt ${name}`, here: `errno ${here}`, stock },
];
const calls = (...list: readonly [string, Attempt][]): Attempts => Object.fromEntries(list);

const modules = calls(
  call('init-module', 'EPERM', { same: 'no module can be loaded any more: kernel.modules_disabled' }),
);
const bpf = calls(
  call('bpf next-id', 'EPERM', 'errno ENOENT'), // there is none
  call('bpf prog-load', 'EPERM', 'ok'),
);
const perf = calls(call('perf self', 'EPERM', 'ok'), call('perf system', 'EPERM', 'ok'));
const clock = calls(call('settime', 'EPERM', 'ok'));
const priority = calls(call('sched-fifo', 'EPERM', 'ok'));
const oom = calls(call('oom-score -1000', 'EACCES', 'ok'));
const machine = calls(
  call('kexec', 'EPERM', { same: 'the VM has switched it off for good: kernel.kexec_load_disabled' }),
  call('swapon /none', 'EPERM', 'errno ENOENT'),
  call('quotactl /none', 'EPERM', 'errno ENOENT'),
  call('acct', 'EPERM', 'ok'),
);
const surface = calls(
  call('userfaultfd', 'EPERM', 'ok'),
  // AF_VSOCK and AF_ALG: their modules are not loaded; the errors differ, so the call got to the kernel
  call('socket 40 1', 'EPERM', /^(ok|errno EAFNOSUPPORT)$/),
  call('socket 38 5', 'EPERM', /^(ok|errno EAFNOSUPPORT)$/),
  call('open-by-handle /', 'EPERM', 'errno ESTALE'), // no such inode
  call('io-uring', 'EPERM', { same: 'the VM has switched it off: kernel.io_uring_disabled' }),
);
/** A node of the data disk, where the container may write. */
export const nodes = calls(call('mknod /tmp/disk b 254 0', 'EPERM', 'ok'));

/** Refused in every container, whatever its profile and capabilities. */
export const deniedCalls: Attempts = {
  ...modules,
  ...bpf,
  ...perf,
  ...clock,
  ...priority,
  ...oom,
  ...machine,
  ...surface,
  ...nodes,
};

/** By a container with all capabilities. */
export const log: Attempts = {
  'kernel messages': {
    line: "sh -c 'dmesg | grep -c Linux'",
    here: /Operation not permitted/,
    stock: /^[1-9]/,
  },
};

const everywhere = (attempts: Attempts) => [
  inside('privileged', attempts),
  inside('strong', renamed(attempts)),
];

/** The same once more in another container: names are unique in a row. */
const renamed = (attempts: Attempts): Attempts =>
  Object.fromEntries(Object.entries(attempts).map(([name, attempt]) => [`${name} (unconfined)`, attempt]));

const profile =
  "the warden's seccomp filter, in every container: privileged and `seccomp=unconfined` ones too";
const mapped = "the capability counts in the container's user namespace only";
const with_ = (capability: string, tried: string) =>
  `\`--privileged\`, and \`--cap-add ${capability}\` without any profile: ${tried}`;

export const capabilityRows: readonly Row[] = [
  {
    id: '22',
    name: 'a kernel module',
    class: 'capabilities',
    how: with_('SYS_MODULE', 'init_module(2)'),
    expectation: '`EPERM`',
    defence: `${profile}; kernel.modules_disabled and module signatures behind it`,
    control: { same: 'the VM has closed it for everybody: kernel.modules_disabled=1' },
    tries: everywhere(modules),
  },
  {
    id: '23',
    name: 'reboot',
    class: 'capabilities',
    how: '`--privileged`: reboot(2); `--privileged --pid=host`: reboot(2), ctrl-alt-del off',
    expectation: 'the container ends, or is not made; the VM runs on',
    defence: 'a pid namespace of its own, always: reboot(2) ends what is in it',
    control: "with the VM's pid namespace the call is obeyed",
    tries: [
      alone(
        { host: { Privileged: true } },
        {
          'restart its own': {
            line: 'attempt reboot restart',
            here: '',
            stock: { same: 'in a pid namespace of its own the call ends the container there, too' },
          },
        },
      ),
      alone(
        { host: { Privileged: true, PidMode: 'host' } },
        {
          'ctrl-alt-del of the VM': {
            line: 'attempt reboot cad-off',
            here: /can't share namespaces \[pid\] with the host/,
            stock: 'ok',
          },
        },
        'everything',
      ),
    ],
  },
  {
    id: '24',
    name: 'another process, by ptrace',
    class: 'capabilities',
    how: "`--cap-add SYS_PTRACE --pid=host`: dockerd's environment and descriptors, ptrace(2)",
    expectation: 'refused by name',
    defence: 'the authorizer and the warden: no pid namespace of the VM',
    control: 'dockerd is attached to and its environment read',
    tries: [
      alone(
        { host: { CapAdd: ['SYS_PTRACE'], PidMode: 'host', SecurityOpt: ['seccomp=unconfined'] } },
        {
          environment: {
            line: 'sh -c \'for p in $(pidof dockerd); do :; done; tr "\\0" "\\n" < /proc/$p/environ\'',
            here: /can't share namespaces \[pid\] with the host/,
            stock: /^PATH=/m,
          },
          attach: {
            line: "sh -c 'for p in $(pidof dockerd); do :; done; attempt ptrace $p'",
            here: /can't share namespaces \[pid\] with the host/,
            stock: 'ok',
          },
        },
        'everything',
      ),
    ],
  },
  {
    id: '25',
    name: 'programs in the kernel',
    class: 'capabilities',
    how: with_('BPF --cap-add SYS_ADMIN', 'bpf(2): list, load'),
    expectation: '`EPERM`',
    defence: profile,
    control: 'a program is loaded',
    tries: everywhere(bpf),
  },
  {
    id: '26',
    name: 'counters of the whole machine',
    class: 'capabilities',
    how: with_('PERFMON', 'perf_event_open(2) of itself and of a processor'),
    expectation: '`EPERM`',
    defence: profile,
    control: 'both are opened',
    tries: everywhere(perf),
  },
  {
    id: '27',
    name: 'the kernel log',
    class: 'capabilities',
    how: with_('SYSLOG', '`dmesg`'),
    expectation: '`EPERM`',
    defence: `kernel.dmesg_restrict; ${mapped}`,
    control: 'it is read',
    tries: everywhere(log),
  },
  {
    id: '28',
    name: 'the clock',
    class: 'capabilities',
    how: with_('SYS_TIME', 'clock_settime(2)'),
    expectation: '`EPERM`',
    defence: `${profile}; ${mapped}`,
    control: 'it is set',
    tries: everywhere(clock),
  },
  {
    id: '29',
    name: 'the firewall',
    class: 'capabilities',
    how: '`--cap-add NET_ADMIN`, and with `--network=host`: all rules of a chain deleted by netlink',
    expectation: "its own namespace only, which has none; with the VM's refused by name",
    defence: 'a network namespace of its own, always',
    control: "with the VM's network, a chain of the VM is emptied",
    tries: [
      alone(
        { host: { CapAdd: ['NET_ADMIN'] } },
        {
          'its own': {
            line: 'netlink flush filter DOCKER-USER',
            here: 'errno ENOENT',
            stock: { same: 'a network namespace of its own has no rules of the VM' },
          },
        },
      ),
      alone(
        { host: { CapAdd: ['NET_ADMIN'], NetworkMode: 'host' } },
        {
          'that of the VM': {
            line: 'netlink flush filter DOCKER-USER',
            here: /can't share a network namespace with the host/,
            stock: 'ok',
          },
        },
        'everything',
      ),
    ],
  },
  {
    id: '30',
    name: 'before all others',
    class: 'capabilities',
    how: with_('SYS_NICE', 'sched_setscheduler(2), SCHED_FIFO 99'),
    expectation: '`EPERM`',
    defence: `${mapped}; the warden sets the limit RTPRIO to 0`,
    control: 'it has precedence over the VM',
    tries: everywhere(priority),
  },
  {
    id: '31',
    name: 'never ended when memory is short',
    class: 'capabilities',
    how: with_('SYS_RESOURCE', '`/proc/self/oom_score_adj` −1000'),
    expectation: '`EACCES`',
    defence: `${mapped}; the warden starts nothing below 0`,
    control: 'others are ended in its place, PID 1 too',
    tries: everywhere(oom),
  },
  {
    id: '32',
    name: "the machine's calls",
    class: 'capabilities',
    how: '`--privileged`, and all capabilities without any profile: kexec_load, swapon, quotactl, acct(2); audit and security policy',
    expectation: '`EPERM`',
    defence: profile,
    control: 'swap, quota and accounting are had',
    tries: [
      ...everywhere(machine),
      inside('strong', {
        'audit off': {
          line: 'netlink audit-off',
          here: /^errno (EPERM|ECONNREFUSED)$/,
          stock: { same: 'the audit subsystem hears the first pid namespace only' },
        },
      }),
    ],
  },
  {
    id: '75',
    name: "the VM's own /dev/null",
    class: 'capabilities',
    how: '`docker exec` without input: `chmod 640 /proc/self/fd/0`',
    expectation: "standard descriptors are of the container's own: the VM's node keeps owner and mode",
    defence: 'the runc client gives crun, which changes their owner, a /dev/null of the container',
    control: "root of the VM can change what is the VM's; plain runc does not change the owner",
    tries: [
      inside('plain', {
        'its owner and mode': {
          line: "sh -c 'chmod 640 /proc/self/fd/0; chown 1:1 /proc/self/fd/0; stat -L -c %a:%u /proc/self/fd/0; chmod 666 /proc/self/fd/0; chown 0:0 /proc/self/fd/0'",
          here: /not permitted[\s\S]*^666:65534$/m,
          stock: '640:1',
        },
      }),
    ],
  },
  {
    id: '76',
    name: 'more of the kernel',
    class: 'capabilities',
    how: '`--privileged`, and all capabilities without any profile: userfaultfd, AF_VSOCK, AF_ALG, open_by_handle_at, io_uring',
    expectation: '`EPERM`',
    defence: profile,
    control: 'the calls get to the kernel',
    tries: everywhere(surface),
  },
];
