import type { RequestPolicy } from '../../../policy/runtime/api.ts';
import { sharedNetwork, sharedWithHost } from '../../warden/decision/namespaces.ts';
import { shown, unsupported } from '../../warden/decision/refusal.ts';
import { decideSysctls } from '../../warden/decision/sysctls.ts';
import { Denied } from '../denial.ts';
import { type Fields, fold } from '../fields.ts';
import { bodyOf, type Check } from '../request.ts';
import { judgeDevices } from './devices.ts';
import { judgeLogging } from './logging.ts';
import { judgeBind, judgeMount } from './mounts.ts';
import { judgePorts } from './ports.ts';
import { judgeVolumeDriver } from './volumes.ts';

/** Names that lead to our runtime client, by services/dockerd/configuration.ts and the shim's own. */
const runtimes = ['', 'bulkhead', 'sysbox-runc', 'runc', 'io.containerd.runc.v2'];
/** Annotations that crun, runc and CRIU act on. The runtime layer passes none on; a silent loss would mislead. */
const acting = /^(run\.oci\.|org\.systemd\.property\.|org\.criu\.|io\.crun\.|com\.docker\.runtime)/;

/** HostConfig of the engine's version in engine-routes.ts: moby, api/types/container/hostconfig.go. */
const members = new Set(
  (
    'Binds ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver VolumesFrom ' +
    'ConsoleSize Annotations CapAdd CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup ' +
    'Links OomScoreAdj PidMode Privileged PublishAllPorts ReadonlyRootfs SecurityOpt StorageOpt Tmpfs UTSMode ' +
    'UsernsMode ShmSize Sysctls Runtime Isolation CpuShares Memory NanoCpus CgroupParent BlkioWeight BlkioWeightDevice ' +
    'BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota ' +
    'CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems Devices DeviceCgroupRules DeviceRequests KernelMemory ' +
    'KernelMemoryTCP MemoryReservation MemorySwap MemorySwappiness OomKillDisable PidsLimit Ulimits CpuCount CpuPercent ' +
    'IOMaximumIOps IOMaximumBandwidth Mounts MaskedPaths ReadonlyPaths Init'
  )
    .split(' ')
    .map(fold),
);

/** POST /containers/create */
export const createContainer: Check = (asked) => {
  const { policy, known } = asked;
  const body = bodyOf(asked);
  const host = body.inner('HostConfig');
  refuseUnknown(host);
  judgePrivileged(host.flag('Privileged'), policy, 'containers');
  if (policy.isolation) judgeNamespaces(host);
  const container = { image: body.text('Image'), policy, known };
  for (const bind of host.texts('Binds')) judgeBind(bind, container);
  for (const mount of host.inners('Mounts')) judgeMount(mount, container);
  judgeVolumeDriver(host.text('VolumeDriver'), policy);
  judgeRuntime(host);
  judgeLogging(host.inner('LogConfig'), 'Type', policy);
  judgePorts(host.lists('PortBindings'), policy);
  judgeDevices(host, policy);
  if (!policy.isolation) return;
  const joined = host.text('NetworkMode').startsWith('container:') ? ['network'] : [];
  decideSysctls(host.map('Sysctls'), new Set(joined));
};

/** POST /containers/{name}/update: limits, and a restart policy. */
export const updateContainer: Check = (asked) => {
  const body = bodyOf(asked);
  refuseUnknown(body);
  judgeDevices(body, asked.policy);
};

/** POST /containers/{name}/exec */
export const createExec: Check = (asked) => {
  judgePrivileged(bodyOf(asked).flag('Privileged'), asked.policy, 'exec');
};

function judgePrivileged(asked: boolean, { privileged }: RequestPolicy, what: 'containers' | 'exec'): void {
  if (asked && privileged === 'deny')
    throw new Denied(
      'privileged',
      what === 'exec' ? 'exec cannot be privileged' : unsupported("can't be privileged"),
    );
}

/** A newer client may send more; as long as it is empty, nothing is lost with it. */
function refuseUnknown(host: Fields): void {
  const unknown = host.names().find((name) => !members.has(fold(name)));
  if (unknown !== undefined)
    throw new Denied('member', `this engine knows no HostConfig.${shown(unknown)}, and would leave it out`);
}

function judgeNamespaces(host: Fields): void {
  const shared = (['pid', 'ipc', 'uts'] as const).filter(
    (type) => host.text({ pid: 'PidMode', ipc: 'IpcMode', uts: 'UTSMode' }[type]) === 'host',
  );
  if (shared.length > 0) throw sharedWithHost(shared);
  if (host.text('NetworkMode') === 'host') throw sharedNetwork();
}

function judgeRuntime(host: Fields): void {
  const runtime = host.text('Runtime');
  if (!runtimes.includes(runtime))
    throw new Denied('runtime', `unknown or invalid runtime name: ${shown(runtime)}`);
  const annotation = Object.keys(host.map('Annotations')).find((name) => acting.test(name));
  if (annotation !== undefined)
    throw new Denied('runtime', `annotation ${shown(annotation)} is not allowed: a runtime would act on it`);
}
