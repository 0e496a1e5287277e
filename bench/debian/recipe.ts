/** The Debian VM that Bulkhead is compared with: all that decides how fast it boots. Pure. */

/** What must be the same as in the Bulkhead image. */
export interface SharedVersions {
  /** As `uname -r` says it: the name of the kernel's package, and of its files. */
  kernelRelease: string;
  /** Versions of Debian's packages. */
  dockerd: string;
  containerd: string;
}

export interface ServerCertificate {
  authority: string;
  certificate: string;
  key: string;
}

/** A file written into the tree. */
export interface TreeFile {
  path: string;
  text: string;
  mode: number;
}

export const LABEL = 'debian';
/** Bytes of the root disk. Sparse. */
export const DISK_SIZE = 8 * 2 ** 30;

/**
 * The least that boots with systemd, has a network and runs docker.io. No cloud-init, ssh, cron or recommended
 * packages (apparmor among them): each would cost boot time.
 */
const packages = [
  ...['systemd-sysv', 'udev', 'dbus', 'kmod', 'iproute2'],
  ...['initramfs-tools', 'zstd', 'ca-certificates'],
];

export function packageNames({ kernelRelease, dockerd, containerd }: SharedVersions): string[] {
  // apt takes nothing from backports by itself, not even what the kernel from there depends on.
  const kernel = ['linux-base', `linux-image-${kernelRelease}`].map((name) => `${name}/trixie-backports`);
  return [...packages, ...kernel, `docker.io=${dockerd}`, `containerd=${containerd}`];
}

/** Arguments of mmdebstrap(1). */
export function mmdebstrapArguments(options: {
  versions: SharedVersions;
  mirrors: { main: string; security: string };
  keyring: string;
  tree: string;
}): string[] {
  const { versions, mirrors, keyring, tree } = options;
  return [
    ...['--mode=root', '--variant=minbase', '--format=directory', '--architectures=amd64'],
    `--keyring=${keyring}`,
    `--include=${packageNames(versions).join(',')}`,
    ...['trixie', tree],
    `deb ${mirrors.main} trixie main`,
    `deb ${mirrors.security} trixie-security main`,
    `deb ${mirrors.main} trixie-backports main`,
  ];
}

/**
 * `TERM=dumb`: systemd would ask the terminal for its size and wait for the answer of a serial log that has none.
 */
export const commandLine = `root=LABEL=${LABEL} rw console=ttyS0 quiet panic=-1 TERM=dumb`;

const DOCKER = '/etc/docker';

export function treeFiles({ authority, certificate, key }: ServerCertificate): TreeFile[] {
  const file = (path: string, lines: readonly string[], mode = 0o644): TreeFile => ({
    path,
    text: `${lines.join('\n')}\n`,
    mode,
  });
  return [
    file('/etc/hostname', [LABEL]),
    file('/etc/fstab', [`LABEL=${LABEL} / ext4 defaults 0 1`]),
    // Networking is ready with the first address: no waiting for router advertisements that nobody sends.
    file('/etc/systemd/network/10-ethernet.network', [
      ...['[Match]', 'Type=ether', '[Network]', 'DHCP=ipv4', 'LinkLocalAddressing=no', 'IPv6AcceptRA=no'],
    ]),
    // The same protocol as Bulkhead's engine speaks. Plain TCP would be no favour: dockerd 26 sleeps before it.
    file(`${DOCKER}/daemon.json`, [JSON.stringify(daemonConfiguration, null, 1)]),
    file(`${DOCKER}/ca.pem`, [authority.trim()]),
    file(`${DOCKER}/cert.pem`, [certificate.trim()]),
    file(`${DOCKER}/key.pem`, [key.trim()], 0o600),
    file('/etc/systemd/system/docker.service.d/hosts.conf', [
      ...[
        '[Service]',
        'ExecStart=',
        'ExecStart=/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock',
      ],
    ]),
    // What MODULES=dep would choose in such a VM; in a chroot it has no disk to look at.
    file('/etc/initramfs-tools/conf.d/bench.conf', ['MODULES=list']),
    file('/etc/initramfs-tools/modules', ['virtio_pci', 'virtio_blk', 'ext4']),
  ];
}

const daemonConfiguration = {
  hosts: ['fd://', 'tcp://0.0.0.0:2376'],
  tlsverify: true,
  tlscacert: `${DOCKER}/ca.pem`,
  tlscert: `${DOCKER}/cert.pem`,
  tlskey: `${DOCKER}/key.pem`,
};

/** What a reader of the numbers must know. */
export const differences: readonly string[] = [
  "Debian's engine keeps its data on the root disk; Bulkhead's on a disk of its own, beside a read-only root.",
  "Debian's TLS key and certificate are in its image; Bulkhead makes a key and has it certified during the boot.",
  'Debian verifies no executable before it starts it; Bulkhead hashes all that it starts.',
  'Debian takes its address by DHCP (systemd-networkd), Bulkhead from its command line.',
  'Debian has no apparmor, cloud-init, ssh or cron, and an initramfs with the modules of this VM only.',
];
