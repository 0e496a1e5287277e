import type { Planter } from '../../harness/plant.ts';

/** What somebody who has the disks puts there while the VM is off (row 74 and 'no way in'). */

/** Where dockerd would keep a plugin of its own, with this id. */
const PLUGIN = 'e'.repeat(64);
const plantedPlugin = `/docker/plugins/${PLUGIN}`;
/** A container's record of a size that would fill the memory of whoever reads it whole: 1 TiB, all a hole. */
const HUGE = 2 ** 40;
const hugeRecord = `/docker/containers/${'f'.repeat(64)}`;

export interface PlantedAt {
  /** id of a container that is to start by itself */
  container: string;
  /** its `merged` folder, and a volume's, as the disk has them */
  merged: string;
  volume: string;
  /** the VM's first disk, MAJOR:MINOR */
  device: string;
}

export function plantOnDataDisk(planter: Planter, { container, merged, volume, device }: PlantedAt): void {
  const record = `/docker/containers/${container}/hostconfig.json`;
  const host = JSON.parse(planter.read(record)) as Record<string, unknown>;
  planter.file(record, JSON.stringify({ ...host, Privileged: true, PidMode: 'host' }));
  planter.link(merged, '/run/bulkhead/libexec');
  planter.link('/containerd-tmp', '/etc');
  planter.link('/docker/volumes/outside', '/run/bulkhead');
  planter.blockDevice(`${volume}/disk`, device);
  planter.file(`${volume}/setuid`, '#!/usr/libexec/bulkhead/busybox sh\necho ran\n', '0104755');
  planter.folder(hugeRecord);
  planter.hole(`${hugeRecord}/config.v2.json`, HUGE);
  configurations(planter);
  plugin(planter);
}

/** Where an engine is sometimes configured, with what would open it. */
function configurations(planter: Planter): void {
  const engine = JSON.stringify({
    hosts: ['tcp://0.0.0.0:2375'],
    tls: false,
    'authorization-plugins': [],
    'default-runtime': 'planted',
    runtimes: { planted: { path: '/var/lib/docker/volumes/plain/_data/setuid' } },
    'insecure-registries': ['0.0.0.0/0'],
  });
  for (const path of ['/docker/daemon.json', '/docker/config.json', '/daemon.json'])
    planter.file(path, engine);
  for (const folder of ['/etc', '/docker/contexts', '/docker/cli-plugins']) planter.folder(folder);
  planter.file('/etc/daemon.json', engine);
  planter.file('/docker/contexts/meta.json', JSON.stringify({ Name: 'default', Endpoints: {} }));
  planter.file('/docker/cli-plugins/docker-planted', '#!/bin/sh\n', '0100755');
  const containerd = [
    'version = 2',
    '[debug]\n  address = "/run/planted.sock"\n  level = "trace"',
    '[plugins."io.containerd.grpc.v1.cri".containerd.default_runtime]\n  runtime_type = "planted"',
  ];
  for (const path of ['/containerd/config.toml', '/etc/config.toml'])
    planter.file(path, containerd.join('\n'));
}

/** A managed plugin that was 'installed and enabled', with all privileges, and one that only needs a name (spec files). */
function plugin(planter: Planter): void {
  const config = {
    description: 'planted',
    documentation: '',
    interface: { types: ['docker.volumedriver/1.0'], socket: 'planted.sock' },
    entrypoint: ['/planted'],
    workdir: '/',
    user: {},
    network: { type: 'host' },
    linux: { capabilities: ['CAP_SYS_ADMIN'], allowAllDevices: true, devices: null },
    mounts: null,
    propagatedMount: '',
    env: null,
    args: { name: 'args', description: '', settable: null, value: null },
    pidHost: true,
    ipcHost: true,
  };
  const settings = { Mounts: [], Env: [], Args: [], Devices: [] };
  planter.folder('/docker/plugins');
  for (const folder of ['', '/rootfs']) planter.folder(`${plantedPlugin}${folder}`);
  const plugin = { Id: PLUGIN, Name: 'planted:latest', Enabled: true, Config: config, Settings: settings };
  const digest = `sha256:${'0'.repeat(64)}`;
  const record = { plugin, Rootfs: 'rootfs', Config: digest, Blobsums: [digest], Manifest: digest };
  planter.file(`${plantedPlugin}/config.json`, JSON.stringify(record));
  planter.file(`${plantedPlugin}/rootfs/planted`, '#!/bin/sh\n', '0104755');
  planter.file('/docker/plugins/authz.spec', 'tcp://127.0.0.1:1\n');
  planter.file('/docker/plugins/authz.json', JSON.stringify({ Name: 'authz', Addr: 'http://127.0.0.1:1' }));
}

export function plantOnStateDisk(planter: Planter, device: string): void {
  planter.file('/setuid', '#!/usr/libexec/bulkhead/busybox sh\necho ran\n', '0104755');
  planter.blockDevice('/disk', device);
  planter.link('/settings.json.new', '/proc/sys/kernel/core_pattern');
  planter.link('/version.json.new', '/run/bulkhead/daemon.json');
  planter.folder('/docker');
  planter.file('/daemon.json', '{"hosts":["tcp://0.0.0.0:2375"]}');
}
