import { dockerProfile } from './fixtures-seccomp.ts';

/** Test data: what dockerd 26.1 (moby, oci/defaults.go and daemon/oci_linux.go) and its BuildKit emit. */
export const ID = 'c0ffee'.padEnd(64, '0');
export const OTHER = 'abcdef'.padEnd(64, '1');
export const CONTROLLER = '0123456789ab';
export const DOCKER = '/var/lib/docker';
export const MERGED = `${DOCKER}/overlay2/aaaa1111/merged`;
export const BUNDLE = `/run/containerd/io.containerd.runtime.v2.task/moby/${ID}`;
export const STEP = 'k3t9x0c2j5v7q1w8e4r6y2u0i';
export const BUILDKIT_BUNDLE = `${DOCKER}/buildkit/executor/${STEP}`;

/** JSON that tests change at will. */
// biome-ignore lint/suspicious/noExplicitAny: a document of somebody else
export type Json = any;

const defaultCapabilities = (
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP ' +
  'NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

const device = (allow: boolean, major: number, minor: number) => ({
  allow,
  type: 'c',
  major,
  minor,
  access: 'rwm',
});

export const bind = (source: string, destination: string, ...options: string[]) => ({
  destination,
  type: 'bind',
  source,
  options,
});

const baseMounts = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['ro', 'nosuid', 'noexec', 'nodev'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
];

/** `docker run alpine` */
export function plain(): Json {
  const files = `${DOCKER}/containers/${ID}`;
  return structuredClone({
    ociVersion: '1.2.0',
    process: {
      user: { uid: 0, gid: 0, additionalGids: [0, 1, 2, 3, 4, 6, 10, 11, 20, 26, 27] },
      args: ['/bin/sh'],
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        `HOSTNAME=${ID.slice(0, 12)}`,
      ],
      cwd: '/',
      capabilities: {
        bounding: defaultCapabilities,
        effective: defaultCapabilities,
        permitted: defaultCapabilities,
      },
      apparmorProfile: 'docker-default',
      oomScoreAdj: 0,
    },
    root: { path: MERGED },
    hostname: ID.slice(0, 12),
    mounts: [
      ...baseMounts,
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
      },
      bind(`${files}/resolv.conf`, '/etc/resolv.conf', 'rbind', 'rprivate'),
      bind(`${files}/hostname`, '/etc/hostname', 'rbind', 'rprivate'),
      bind(`${files}/hosts`, '/etc/hosts', 'rbind', 'rprivate'),
    ],
    hooks: {
      prestart: [
        {
          path: '/proc/812/exe',
          args: ['libnetwork-setkey', '-exec-root=/run/docker', ID, CONTROLLER],
        },
      ],
    },
    linux: {
      sysctl: {
        'net.ipv4.ip_unprivileged_port_start': '0',
        'net.ipv4.ping_group_range': '0 2147483647',
      },
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          device(true, 1, 5),
          device(true, 1, 3),
          device(true, 1, 9),
          device(true, 1, 8),
          device(true, 5, 0),
          device(true, 5, 1),
          device(false, 10, 229),
        ],
        memory: {},
        cpu: { shares: 0 },
        pids: { limit: 0 },
        blockIO: { weight: 0 },
      },
      cgroupsPath: `/docker/${ID}`,
      namespaces: ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup'].map((type) => ({ type })),
      seccomp: dockerProfile(),
      maskedPaths: ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/scsi', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  });
}

/** `docker run --privileged alpine` */
export function privileged(): Json {
  const spec = plain();
  const all = [...defaultCapabilities, 'CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_BPF', 'CAP_SYS_MODULE'];
  spec.process.capabilities = { bounding: all, effective: all, permitted: all };
  delete spec.linux.seccomp;
  delete spec.linux.maskedPaths;
  delete spec.linux.readonlyPaths;
  spec.linux.resources.devices = [{ allow: true, access: 'rwm' }];
  spec.linux.devices = [
    { path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 },
    { path: '/dev/vda', type: 'b', major: 254, minor: 0, fileMode: 0o660, uid: 0, gid: 6 },
    { path: '/dev/kmsg', type: 'c', major: 1, minor: 11, fileMode: 0o600, uid: 0, gid: 0 },
    { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o600, uid: 0, gid: 0 },
  ];
  for (const mount of spec.mounts) {
    if (['/sys', '/sys/fs/cgroup'].includes(mount.destination))
      mount.options = mount.options.filter((option: string) => option !== 'ro');
  }
  return spec;
}

/** `RUN` of a Dockerfile (moby/buildkit, executor/oci/spec_linux.go) */
export function buildStep(): Json {
  const spec = plain();
  const executor = `${DOCKER}/buildkit/executor`;
  const words = ['nosuid', 'noexec', 'nodev', 'rbind', 'ro'];
  spec.root = { path: `${BUILDKIT_BUNDLE}/rootfs` };
  spec.hostname = 'buildkitsandbox';
  spec.mounts = [
    ...baseMounts,
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
    },
    bind(`${executor}/resolv.conf`, '/etc/resolv.conf', ...words),
    bind(`${executor}/hosts`, '/etc/hosts', ...words),
  ];
  spec.hooks.prestart[0].args = [
    'libnetwork-setkey',
    '-exec-root=/var/run/docker',
    'q8w7e6r5t4y3u2i1o0p9a8s7d',
    CONTROLLER,
  ];
  spec.linux.cgroupsPath = `/docker/buildkit/${STEP}`;
  spec.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
  spec.linux.sysctl = undefined;
  return structuredClone(spec);
}
