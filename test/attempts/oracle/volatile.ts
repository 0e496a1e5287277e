/** What changes by itself, or because containers start and end, and why that is nobody's doing. */
export const volatile: readonly { section: string; lines: RegExp; because: string }[] = [
  {
    section: 'sysctls',
    lines:
      /^\/proc\/sys\/(fs\/(file-nr|inode-nr|inode-state|dentry-state|aio-nr|quota\/)|kernel\/(random\/|pty\/nr|ns_last_pid|perf_|tainted|sched_domain)|net\/netfilter\/nf_conntrack_(count|buckets)|net\/netfilter\/nf_log)/,
    because: 'counters of the kernel; what tainted it is in the section of its messages',
  },
  {
    section: 'sysctls',
    lines: /^\/proc\/sys\/net\/(ipv4|ipv6|mpls)\/(conf|neigh)\/(veth|br-|docker|planted)/,
    because: 'settings of cards that come and go with containers',
  },
  {
    section: 'sysfs',
    lines:
      /\/(ksm|lru_gen)\/|\/parameters\/(.*count|.*lasttime|rcu.*|.*stall.*)|\/queue\/(wbt_lat_usec|throttle)/,
    because: 'counters of the kernel',
  },
  {
    section: 'mounts',
    lines:
      / \/(var\/lib\/docker\/(overlay2|containers|volumes)|run\/docker\/(netns|runtime-runc)|run\/bulkhead\/containers)\//,
    because: "the engine's mounts of containers that run",
  },
  {
    section: 'files',
    lines:
      /[ /](run\/(docker|containerd|crun|lock)|dev\/(pts|mqueue)|run\/bulkhead\/(containers|sockets|notify|lxcfs|ranges|staging|netns))(\/|$)|\/var\/bulkhead\/(log\.|boot\.json)/,
    because: 'what the engine and the client keep of containers; logs',
  },
  {
    section: 'files',
    lines:
      / \/tmp\/|overlay2|\/var\/lib\/docker$| (containers|tmp|overlay2|volumes|image|containerd-tmp|buildkit|network)$/,
    because: 'folders whose times the engine changes as it works',
  },
  {
    section: 'processes',
    lines:
      /containerd-shim-runc-v2|\/libexec\/bulkhead\/(busybox|runc)|docker-proxy|\/crun$|docker-init|xtables/,
    because: 'helpers of containers that run; the shell that looks',
  },
  {
    section: 'network',
    lines: /\bveth|\bbr-[0-9a-f]+|fe80::/,
    because: "cards and addresses of containers' networks",
  },
  {
    section: 'sockets',
    lines: /^unix \/run\/(containerd\/(s\/|containerd-shim)|docker\/libnetwork)|@\/containerd|^unix @/,
    because: "the engine's sockets of containers that run",
  },
];

export function isVolatile(section: string, line: string): boolean {
  return volatile.some((each) => each.section === section && each.lines.test(line));
}
