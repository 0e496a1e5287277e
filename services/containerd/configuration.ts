export const CONTAINERD_CONFIGURATION = '/run/bulkhead/containerd.toml';
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** Plugins that nothing here uses; each costs start-up time and surface. */
const unused = [
  'io.containerd.grpc.v1.cri', // Kubernetes
  'io.containerd.nri.v1.nri', // runs plugins found on disk
  'io.containerd.internal.v1.opt', // would install programs below /opt
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
];

/** containerd's config.toml (version 2, containerd 1.7). Pure. */
export function renderContainerdConfiguration(): string {
  return [
    'version = 2',
    'root = "/var/lib/containerd"',
    'state = "/run/containerd"',
    `disabled_plugins = [${unused.map((name) => JSON.stringify(name)).join(', ')}]`,
    '[grpc]',
    `address = "${CONTAINERD_SOCKET}"`,
    'uid = 0',
    'gid = 0',
    '[debug]',
    'level = "warn"',
    '',
  ].join('\n');
}
