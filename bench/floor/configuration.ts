/** Where bench/floor/init.c has its files. */
export const FOLDER = '/run/floor';

const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** What Bulkhead's containerd goes without as well (services/containerd/configuration.ts). */
const unused = [
  ...['grpc.v1.cri', 'nri.v1.nri', 'internal.v1.opt', 'tracing.processor.v1.otlp', 'internal.v1.tracing'],
  ...['aufs', 'blockfile', 'btrfs', 'devmapper', 'zfs'].map((name) => `snapshotter.v1.${name}`),
].map((name) => `io.containerd.${name}`);

/** config.toml of containerd 1.7. */
export const containerdConfiguration = [
  'version = 2',
  `disabled_plugins = [${unused.map((name) => JSON.stringify(name)).join(', ')}]`,
  '[grpc]',
  `address = "${CONTAINERD_SOCKET}"`,
  '[debug]',
  'level = "warn"',
  '',
].join('\n');

/** daemon.json: TLS with client certificates on the port that QEMU forwards, and crun as the runtime. */
export const daemonConfiguration = {
  hosts: ['unix:///run/docker.sock', 'tcp://0.0.0.0:2376'],
  tlsverify: true,
  tlscacert: `${FOLDER}/ca.pem`,
  tlscert: `${FOLDER}/cert.pem`,
  tlskey: `${FOLDER}/key.pem`,
  containerd: CONTAINERD_SOCKET,
  'storage-driver': 'overlay2',
  'live-restore': true,
  'default-runtime': 'crun',
  runtimes: { crun: { path: `${FOLDER}/path/crun` } },
  'init-path': `${FOLDER}/path/docker-init`,
  'userland-proxy-path': `${FOLDER}/path/docker-proxy`,
  'exec-opts': ['native.cgroupdriver=cgroupfs'],
};
