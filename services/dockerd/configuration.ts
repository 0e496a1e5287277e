import { CONTAINERD_SOCKET } from '../containerd/configuration.ts';

export const DOCKERD_CONFIGURATION = '/run/bulkhead/daemon.json';
export const DOCKERD_SOCKET = '/run/docker.sock';
export const TLS_PORT = 2376;
/** The authorization plugin's name; image/content.ts says where it is. */
export const AUTHORIZATION_PLUGIN = 'bulkhead';
/** Cgroup of all containers; the warden lets none leave it. */
export const CONTAINERS_CGROUP = '/bulkhead/containers';
export const TLS_FOLDER = '/run/bulkhead/tls';

export type DaemonConfiguration = Readonly<Record<string, unknown>> & { readonly hosts: readonly string[] };

/** What settings may say of the engine. */
export interface EngineSettings {
  /** Of daemon.json; an allow-list has been applied (policy/settings/daemon-options.ts). */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of daemon.json: `http-proxy`, `https-proxy`, `no-proxy` (dockerd(8), proxy configuration). */
  readonly proxies?: Readonly<Record<string, string>>;
  /** Address that ports are published on when a container names none. */
  readonly publishOn?: string;
  /** Whether a build may ask for `security.insecure`: what it then runs is confined as a privileged container is. */
  readonly insecureBuilds?: boolean;
}

export const plainEngine: EngineSettings = { options: {} };

export interface DaemonSituation {
  /** Folder of what PID 1 verified: docker-proxy, docker-init, and our client as `runc` and `sysbox-runc`. */
  programs: string;
  /** Whether containers go on while dockerd is away; false makes dockerd stop them when it stops. */
  liveRestore: boolean;
  /** Whether the authorizer is asked about each request: always, but in the flavour that is the control of tests. */
  authorization: boolean;
  settings: EngineSettings;
}

/** dockerd's daemon.json. What settings say never takes the place of what keeps the VM closed. Pure. */
export function renderDaemonConfiguration({
  programs,
  liveRestore,
  authorization,
  settings,
}: DaemonSituation): DaemonConfiguration {
  const { options, proxies, publishOn, insecureBuilds = false } = settings;
  const builder = options.builder as object | undefined;
  return {
    'shutdown-timeout': 15,
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '20m', 'max-file': '3' },
    'log-level': 'info',
    ...options,
    ...(proxies && { proxies }),
    ...(publishOn !== undefined && published(publishOn)),
    // moby, daemon/config/builder.go
    builder: { ...builder, Entitlements: { 'security-insecure': insecureBuilds } },
    ...(authorization && { 'authorization-plugins': [AUTHORIZATION_PLUGIN] }),
    hosts: [`unix://${DOCKERD_SOCKET}`, `tcp://0.0.0.0:${TLS_PORT}`],
    tls: true,
    tlsverify: true,
    tlscacert: `${TLS_FOLDER}/ca.pem`,
    tlscert: `${TLS_FOLDER}/cert.pem`,
    tlskey: `${TLS_FOLDER}/key.pem`,
    containerd: CONTAINERD_SOCKET,
    'data-root': '/var/lib/docker',
    'exec-root': '/run/docker',
    pidfile: '/run/docker.pid',
    group: 'root',
    'storage-driver': 'overlay2',
    'default-runtime': 'bulkhead',
    runtimes: { bulkhead: { path: `${programs}/runc` }, 'sysbox-runc': { path: `${programs}/sysbox-runc` } },
    'cgroup-parent': CONTAINERS_CGROUP,
    'init-path': `${programs}/docker-init`,
    'userland-proxy-path': `${programs}/docker-proxy`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'live-restore': liveRestore,
  };
}

/** `ip` is the default bridge's alone; networks that users make have it as an option, which each keeps for its life (dockerd(8)). */
function published(on: string): Readonly<Record<string, unknown>> {
  return {
    ip: on,
    'default-network-opts': { bridge: { 'com.docker.network.bridge.host_binding_ipv4': on } },
  };
}

/**
 * Why a daemon.json must not be used: it would let somebody in without a client certificate, or do what the authorizer was
 * not asked about. Pure; looks at what would be written, whoever rendered it.
 * @returns one sentence each, none when it is safe
 */
export function insecurities(configuration: DaemonConfiguration, authorization: boolean): string[] {
  const found: string[] = [];
  for (const host of configuration.hosts) {
    if (host === `unix://${DOCKERD_SOCKET}`) continue;
    if (host !== `tcp://0.0.0.0:${TLS_PORT}`) found.push(`${host} is no address the engine may listen on`);
  }
  if (configuration.tls !== true || configuration.tlsverify !== true) {
    found.push('tls and tlsverify must be true: without them anybody who reaches the port is root');
  }
  for (const [name, file] of Object.entries({ tlscacert: 'ca', tlscert: 'cert', tlskey: 'key' })) {
    if (configuration[name] !== `${TLS_FOLDER}/${file}.pem`)
      found.push(`${name} must be ${TLS_FOLDER}/${file}.pem`);
  }
  for (const name of ['metrics-addr', 'debug', 'experimental', 'userns-remap', 'http-proxy']) {
    if (name in configuration) found.push(`${name} must not be set`);
  }
  const plugins = JSON.stringify(configuration['authorization-plugins'] ?? []);
  const wanted = JSON.stringify(authorization ? [AUTHORIZATION_PLUGIN] : []);
  if (plugins !== wanted) found.push(`authorization-plugins must be ${wanted}, not ${plugins}`);
  return found;
}
