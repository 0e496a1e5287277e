/** Everything that goes into the VM, in one list. What it needs besides (ELF libraries, modules' dependencies) is found. */

/** Names under which the engine finds an executable; see policy/manifest/executables.ts. */
export interface Exposure {
  in: 'path' | 'runtime';
  as: readonly string[];
}

export interface PackagedFile {
  package: string;
  /** Path in the package; one `*` at the end of a file name matches many. */
  from: string;
  /** Path in the image; as in the package unless said. */
  to?: string;
  /** Started by PID 1 or by the engine: goes into the signed list. */
  executable?: true;
  exposed?: Exposure;
}

const xtables = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

export const files: readonly PackagedFile[] = [
  // exposed for the one hook that containers have: libnetwork-setkey, see services/warden/decision/
  {
    package: 'docker.io',
    from: '/usr/sbin/dockerd',
    executable: true,
    exposed: { in: 'runtime', as: ['dockerd'] },
  },
  {
    package: 'docker.io',
    from: '/usr/sbin/docker-proxy',
    executable: true,
    exposed: { in: 'path', as: ['docker-proxy'] },
  },
  { package: 'containerd', from: '/usr/bin/containerd', executable: true },
  {
    package: 'containerd',
    from: '/usr/bin/containerd-shim-runc-v2',
    executable: true,
    exposed: { in: 'path', as: ['containerd-shim-runc-v2'] },
  },
  {
    package: 'crun',
    from: '/usr/bin/crun',
    to: '/usr/libexec/bulkhead/crun',
    executable: true,
    exposed: { in: 'runtime', as: ['crun'] },
  },
  {
    package: 'tini',
    from: '/usr/bin/tini-static',
    to: '/usr/libexec/bulkhead/docker-init',
    executable: true,
    exposed: { in: 'path', as: ['docker-init'] },
  },
  {
    package: 'iptables',
    from: '/usr/sbin/xtables-nft-multi',
    executable: true,
    exposed: { in: 'path', as: xtables },
  },
  { package: 'iptables', from: '/usr/lib/x86_64-linux-gnu/xtables/*' },
  // dockerd runs `ps` for `docker top` and `xz` for .tar.xz layers
  { package: 'procps', from: '/usr/bin/ps', executable: true, exposed: { in: 'path', as: ['ps'] } },
  { package: 'xz-utils', from: '/usr/bin/xz', executable: true, exposed: { in: 'path', as: ['xz'] } },
  // run by PID 1
  { package: 'lxcfs', from: '/usr/bin/lxcfs', executable: true },
  { package: 'lxcfs', from: '/usr/lib/x86_64-linux-gnu/lxcfs/liblxcfs.so' },
  { package: 'e2fsprogs', from: '/usr/sbin/mke2fs', executable: true },
  { package: 'e2fsprogs', from: '/usr/sbin/e2fsck', executable: true },
  { package: 'e2fsprogs', from: '/usr/sbin/resize2fs', executable: true },
  { package: 'e2fsprogs', from: '/etc/mke2fs.conf' },
  { package: 'dhcpcd-base', from: '/usr/sbin/dhcpcd', executable: true },
  { package: 'openssl', from: '/usr/bin/openssl', executable: true },
  { package: 'netbase', from: '/etc/protocols' },
  { package: 'netbase', from: '/etc/services' },
];

/** Node from npm (stripped): only its libraries come from Debian, from these packages. */
export const nodeLibraries: readonly string[] = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'];

/** Certificates that dockerd trusts registries by: all of this folder, sorted, in one file. */
export const certificates = {
  package: 'ca-certificates',
  from: '/usr/share/ca-certificates/mozilla',
  to: '/etc/ssl/certs/ca-certificates.crt',
};

export const links: Readonly<Record<string, string>> = {
  '/bin': 'usr/bin',
  '/sbin': 'usr/sbin',
  '/lib': 'usr/lib',
  '/lib64': 'usr/lib64',
  '/var/run': '/run',
  '/etc/mtab': '/proc/self/mounts',
  '/etc/resolv.conf': '/run/bulkhead/resolv.conf',
  // so that a container that asks for it meets the refusal, not 'no such file'
  '/etc/docker/daemon.json': '/run/bulkhead/daemon.json',
};

/** Mount points and the like, empty. */
export const directories: readonly string[] = [
  ...[
    '/dev',
    '/proc',
    '/sys',
    '/run',
    '/tmp',
    '/root',
    '/mnt',
    '/opt',
    '/home',
    '/var/lib',
    '/var/bulkhead',
    '/var/tmp',
    '/usr/lib64',
  ],
];

export const texts: Readonly<Record<string, string>> = {
  '/etc/passwd': [
    'root:x:0:0:root:/root:/nonexistent',
    'bulkhead-channel:x:990:990::/:/nonexistent',
    'bulkhead-warden:x:991:991::/:/nonexistent',
    'bulkhead-authorizer:x:992:992::/:/nonexistent',
    'bulkhead-sockets:x:993:993::/:/nonexistent',
    'nobody:x:65534:65534:nobody:/:/nonexistent',
    '',
  ].join('\n'),
  '/etc/group': [
    'root:x:0:',
    'bulkhead-channel:x:990:',
    'bulkhead-warden:x:991:',
    'bulkhead-authorizer:x:992:',
    'bulkhead-sockets:x:993:',
    'nogroup:x:65534:',
    '',
  ].join('\n'),
  // services/authorizer/definition.ts; the address by which dockerd finds its authorization plugin
  '/usr/lib/docker/plugins/bulkhead.spec': 'unix:///run/bulkhead/authorizer/plugin.sock\n',
  '/etc/hostname': 'bulkhead\n',
  '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 bulkhead\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\nservices: files\n',
};

/** Kernel modules, by the time at which they are loaded. */
export const modules = {
  /** by stage 0, before there is a root */
  initramfs: ['erofs', 'virtio_blk', 'dm_verity'],
  /** by PID 1: the VM's own devices */
  boot: ['virtio_net', 'virtio_rng', 'button', 'evdev', 'i6300esb'],
  /** by PID 1: containers and their networks, bridge networks with published ports */
  engine: [
    ...['overlay', 'veth', 'bridge', 'br_netfilter', 'nft_compat', 'nf_nat', 'nf_conntrack', 'xt_MASQUERADE'],
    ...[
      'xt_conntrack',
      'xt_addrtype',
      'xt_nat',
      'xt_tcpudp',
      'xt_mark',
      'xt_REDIRECT',
      'nft_chain_nat',
      'tun',
    ],
  ],
  /**
   * by PID 1, then no more: what containers may want later (docs/kernel.md). Networks of the drivers macvlan, ipvlan and
   * overlay; rules that engines, VPNs and clusters inside containers set.
   */
  later: [
    ...['macvlan', 'ipvlan', 'dummy', 'vxlan', 'ip_vs', 'ip_vs_rr', 'xt_ipvs'],
    ...['xt_comment', 'xt_multiport', 'xt_limit', 'xt_statistic', 'xt_connmark', 'xt_owner', 'xt_TCPMSS'],
    ...['ipt_REJECT', 'ip6t_REJECT', 'nft_ct', 'nft_nat', 'nft_masq', 'nft_redir', 'nft_limit'],
    ...['nft_reject_inet', 'nft_fib_inet'],
  ],
} as const;

/**
 * Those that only PID 1 loads, not a child of stage 0 before: they make a network card, which must find the kernel's settings
 * made, or take parameters (init/phases/modules.ts). By file name.
 */
export const leftToInit: readonly string[] = [
  'virtio_net',
  'dummy',
  'i6300esb',
] satisfies (typeof modules)[keyof typeof modules][number][];

/** What must never be in the image, by file name. */
export const forbiddenNames: readonly string[] = [
  ...[
    'sh',
    'bash',
    'dash',
    'zsh',
    'busybox',
    'apt',
    'apt-get',
    'dpkg',
    'perl',
    'python3',
    'systemd',
    'su',
    'sudo',
    'login',
    'agetty',
    'ctr',
  ],
];

/**
 * Where this image has run, older ones below this version do not run any more: raise it with each release that mends what
 * somebody could want back (init/phases/version.ts).
 */
export const minimumVersion = '0.1.0';

export const kernel = { meta: 'linux-image-cloud-amd64', atLeast: '7.3' } as const;

/** MiB */
export const budgets = { root: 150, initramfs: 2 } as const;
