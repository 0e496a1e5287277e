import { CONTROL_PORT, EVENTS_PORT } from '../../services/channel/protocol/methods.ts';
import type { Accelerator } from './accelerator.ts';
import { DEFAULT_NETWORK, type GuestNetwork } from './network.ts';
import type { MachinePaths } from './paths.ts';

/** The engine's port in the VM. */
export const ENGINE_PORT = 2376;

/** What a boot through UEFI takes: files of the image. */
export interface FirmwareOptions {
  readonly code: string;
  /** Variable store with the enrolled certificates; each run gets a copy. */
  readonly variables: string;
  /** Disk with the signed kernel image. */
  readonly disk: string;
  /** `bulkhead.` words: the kernel image's command line is signed and takes none. */
  readonly settings: readonly string[];
}

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
  /** Of a direct boot. */
  readonly commandLine: string;
  /** Boots through UEFI with Secure Boot on, rather than kernel and initramfs directly. */
  readonly firmware?: FirmwareOptions | undefined;
  /** On 127.0.0.1; leads to ENGINE_PORT in the VM. */
  readonly port: number;
  /** @default QEMU's own */
  readonly network?: GuestNetwork;
  /** Appended as they are. */
  readonly extraArguments?: readonly string[];
  readonly paths: Pick<
    MachinePaths,
    'control' | 'events' | 'console' | 'qmp' | 'pidFile' | 'firmwareVariables'
  >;
}

/** The one setting that this launcher gives. */
export function networkSetting({ guest, prefix, gateway, dns }: GuestNetwork = DEFAULT_NETWORK): string {
  return `bulkhead.net=${guest}/${prefix},${gateway},${dns}`;
}

/** The manifest's command line, then what only this launcher knows. */
export function guestCommandLine(
  fromManifest: string,
  extra: readonly string[] = [],
  network: GuestNetwork = DEFAULT_NETWORK,
): string {
  return [fromManifest.trim(), networkSetting(network), ...extra].filter((part) => part !== '').join(' ');
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

function machine({ name, accelerator, memory, cpus, paths, firmware }: QemuOptions): string[] {
  return [
    ['-name', `bulkhead-${name}`],
    ['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    // System management mode keeps the guest's kernel from the variable store (OVMF's README, SMM_REQUIRE).
    ['-M', firmware === undefined ? 'q35' : 'q35,smm=on,pflash0=firmware,pflash1=variables'],
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
    // A PID 1 that hangs is found by it (init/phases/watchdog.ts); to start again is for whoever uses the VM.
    ['-device', 'i6300esb'],
    ['-action', 'watchdog=poweroff'],
  ].flat();
}

function boot({ kernel, initramfs, commandLine, firmware, paths }: QemuOptions): string[] {
  if (firmware !== undefined) return throughFirmware(firmware, paths.firmwareVariables);
  return ['-kernel', kernel, '-initrd', initramfs, '-append', commandLine];
}

/** No kernel is given to QEMU: OVMF would start one that is not signed, too, by its older loader. */
function throughFirmware({ code, disk, settings }: FirmwareOptions, variables: string): string[] {
  return [
    blockdev('firmware', { driver: 'file', filename: code, 'read-only': true }),
    blockdev('variables', { driver: 'file', filename: variables }),
    ['-global', 'driver=cfi.pflash01,property=secure,value=on'],
    blockdev('boot', { driver: 'file', filename: disk, 'read-only': true }),
    ['-device', 'virtio-blk-pci,drive=boot,serial=bulkhead-boot,bootindex=0'],
    ['-boot', 'strict=on'], // from this disk or not at all
    ...settings.map((word) => ['-smbios', `type=11,value=${quote(word)}`]),
  ].flat();
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

function network({ port, network = DEFAULT_NETWORK }: QemuOptions): string[] {
  const { net, gateway, guest, dns } = network;
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
