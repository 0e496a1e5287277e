import { CONTROL_PORT, EVENTS_PORT } from '../../services/channel/protocol/methods.ts';
import type { Accelerator } from './accelerator.ts';
import type { MachinePaths } from './paths.ts';

/** The engine's port in the VM. */
export const ENGINE_PORT = 2376;

export interface QemuOptions {
  readonly name: string;
  readonly accelerator: Accelerator;
  /** MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly kernel: string;
  readonly initramfs: string;
  readonly root: string;
  readonly dataDisk: string;
  /** Only a guest that is not ours has none. */
  readonly stateDisk?: string;
  readonly commandLine: string;
  /** On 127.0.0.1; leads to ENGINE_PORT in the VM. */
  readonly port: number;
  /** Appended as they are. */
  readonly extraArguments?: readonly string[];
  readonly paths: Pick<MachinePaths, 'control' | 'events' | 'console' | 'qmp' | 'pidFile'>;
}

/** QEMU's user network, stated rather than relied on: address/prefix, gateway, name server. */
const NETWORK = {
  guest: '10.0.2.15',
  prefix: 24,
  gateway: '10.0.2.2',
  dns: '10.0.2.3',
  net: '10.0.2.0/24',
} as const;

/** The manifest's command line, then what only this launcher knows. */
export function guestCommandLine(fromManifest: string, extra: readonly string[] = []): string {
  const network = `bulkhead.net=${NETWORK.guest}/${NETWORK.prefix},${NETWORK.gateway},${NETWORK.dns}`;
  return [fromManifest.trim(), network, ...extra].filter((part) => part !== '').join(' ');
}

/** Everything after `qemu-system-x86_64`. Pure: the same options give the same arguments. */
export function qemuArguments(options: QemuOptions): string[] {
  return [
    ...machine(options),
    ...boot(options),
    ...disks(options),
    ...network(options),
    ...channels(options),
    ...(options.extraArguments ?? []),
  ];
}

function machine({ name, accelerator, memory, cpus, paths }: QemuOptions): string[] {
  return [
    ['-name', `bulkhead-${name}`],
    ['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ['-M', 'q35'],
    ['-smp', String(cpus)],
    ['-m', `${memory}M`],
    ['-nodefaults'],
    ['-no-user-config'],
    ['-no-reboot'],
    ['-display', 'none'],
    // QEMU is the outer wall: it starts no programs and gains no privileges.
    ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ['-rtc', 'base=utc'],
    ['-pidfile', paths.pidFile],
    ['-object', 'rng-random,id=random,filename=/dev/urandom'],
    ['-device', 'virtio-rng-pci,rng=random'],
  ].flat();
}

function boot({ kernel, initramfs, commandLine }: QemuOptions): string[] {
  return ['-kernel', kernel, '-initrd', initramfs, '-append', commandLine];
}

function disks({ root, dataDisk, stateDisk }: QemuOptions): string[] {
  return [
    blockdev('root', { driver: 'file', filename: root, 'read-only': true }),
    ['-device', 'virtio-blk-pci,drive=root,serial=bulkhead-root'], // the first one: /dev/vda
    blockdev('data', { driver: 'file', filename: dataDisk, discard: 'unmap' }),
    ['-device', 'virtio-blk-pci,drive=data,serial=bulkhead-data,discard=on'],
    ...(stateDisk === undefined
      ? []
      : [
          blockdev('state', { driver: 'file', filename: stateDisk }),
          ['-device', 'virtio-blk-pci,drive=state,serial=bulkhead-state'],
        ]),
  ].flat();
}

function network({ port }: QemuOptions): string[] {
  const { net, gateway, guest, dns } = NETWORK;
  const user = `user,id=net,net=${net},host=${gateway},dhcpstart=${guest},dns=${dns}`;
  return [
    ['-netdev', `${user},hostfwd=tcp:127.0.0.1:${port}-:${ENGINE_PORT}`],
    ['-device', 'virtio-net-pci,netdev=net,romfile='],
  ].flat();
}

function channels({ paths }: QemuOptions): string[] {
  return [
    ['-device', 'virtio-serial-pci,id=channels'],
    ['-chardev', `socket,id=control,path=${quote(paths.control)},server=on,wait=off`],
    ['-device', `virtserialport,bus=channels.0,chardev=control,name=${CONTROL_PORT}`],
    // A file is connected from the first moment, so nothing that the guest says before we look is lost.
    ['-chardev', `file,id=events,path=${quote(paths.events)}`],
    ['-device', `virtserialport,bus=channels.0,chardev=events,name=${EVENTS_PORT}`],
    // A file as well: there is no way to type into the guest's console.
    ['-chardev', `file,id=console,path=${quote(paths.console)}`],
    ['-serial', 'chardev:console'],
    ['-chardev', `socket,id=qmp,path=${quote(paths.qmp)},server=on,wait=off`],
    ['-mon', 'chardev=qmp,mode=control'],
  ].flat();
}

/** JSON needs no quoting of commas, unlike `key=value` (qemu(1), -blockdev). */
function blockdev(node: string, options: Record<string, unknown>): string[] {
  return ['-blockdev', JSON.stringify({ 'node-name': node, ...options })];
}

/** In QEMU's `key=value,…` a comma is written twice. */
function quote(path: string): string {
  return path.replaceAll(',', ',,');
}
