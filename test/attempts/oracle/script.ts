/**
 * What the VM is like, as its own root finds it: for the root shell of OpenVm, a section each.
 * @param bystander the first process of a container in which nothing is tried
 */
export function stateScript(bystander: number): string {
  return Object.entries({ ...sections, bystander: bystanderSection(bystander) })
    .map(([name, commands]) => `echo '@@${name}='; ${commands.trim()}`)
    .join('\n');
}

/** Where the suite puts files that nobody has a reason to touch. */
export const CANARIES = ['/run/canary', '/var/lib/canary', '/var/bulkhead/canary'];

export const plantScript = CANARIES.map(
  (folder) => `mkdir -p ${folder}/folder && echo kept > ${folder}/file && chmod 600 ${folder}/file`,
).join('\n');

const BIN = '/run/bulkhead/bin';

const sections = {
  clock: 'echo "$(date +%s) $(cat /proc/uptime)"',
  mounts: 'cat /proc/1/mountinfo',
  // -s: what cannot be read
  sysctls: 'grep -rs . /proc/sys',
  sysfs:
    'grep -s . /sys/block/*/queue/* /sys/devices/system/cpu/cpu*/online /sys/kernel/mm/*/* /sys/module/*/parameters/*',
  modules: "cut -d' ' -f1 /proc/modules",
  processes: 'ls -l /proc/[0-9]*/exe /proc/[0-9]*/ns/mnt 2>/dev/null',
  files: `find /dev /run /tmp /var/bulkhead ${CANARIES.join(' ')} -xdev -exec stat -c '%A %u:%g %t:%T %n' {} +
    find /run/bulkhead ${CANARIES.join(' ')} -xdev -type f ! -path '*bin/*' ! -path '*libexec/*' -exec sha256sum {} + ; ls -ln /var/lib /var/lib/docker`,
  sockets: `for p in tcp tcp6 udp udp6 raw raw6 packet; do sed "s/^/$p /" /proc/net/$p; done; sed 's/^/unix /' /proc/net/unix`,
  firewall: ['iptables', 'ip6tables']
    .flatMap((program) =>
      ['filter', 'nat'].map(
        (table) => `sh -c '${BIN}/${program} -t ${table} -S' | sed 's/^/${program} ${table} /'`,
      ),
    )
    .join('; '),
  network: 'ip -o addr; ip route; ip -6 route',
  limits: 'grep -s . /sys/fs/cgroup/*/*.max /sys/fs/cgroup/bulkhead/*/*.max',
  kernel: "dmesg | grep -E 'BUG:|Oops|WARNING:|Kernel panic' | cut -c1-200",
};

function bystanderSection(pid: number): string {
  const root = `/proc/${pid}/root`;
  return `sha256sum ${root}/canary ${root}/etc/passwd; stat -c '%A %u:%g %n' ${root}/canary ${root}/tmp; ls -A ${root}/tmp
    grep -E '^(Name|Uid|CapEff|Seccomp):' /proc/${pid}/status; grep -s . /sys/fs/cgroup$(cut -d: -f3 /proc/${pid}/cgroup)/*.max`;
}
