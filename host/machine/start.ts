import { setTimeout as sleep } from 'node:timers/promises';
import { type Authority, openAuthority } from '../certificates/authority.ts';
import { ChannelClient } from '../channel/client.ts';
import { trySetGuestClock } from '../clock/set-clock.ts';
import { writeContext } from '../docker/context.ts';
import { EngineClient } from '../engine/client.ts';
import { HostError, isHostError } from '../errors.ts';
import type { SettingsDocuments } from '../settings/gather.ts';
import { gatherAndWarn } from '../settings/gather.ts';
import { networkFor, rememberSubnet } from '../settings/subnet.ts';
import { type AcceleratorChoice, chooseAccelerator, findVirtualisation } from './accelerator.ts';
import { guestCommandLine, networkSetting } from './arguments.ts';
import { awaitReady } from './await-ready.ts';
import { findEmulatorFault } from './console.ts';
import { makeDirectories } from './directories.ts';
import { prepareDisk, prepareStateDisk } from './disk.ts';
import { readImage } from './image.ts';
import { type ImageKeys, imageKeys, judgeImageKey } from './image-keys.ts';
import { takeLock } from './lock.ts';
import { DEFAULT_NAME, machineName } from './name.ts';
import { type MachinePaths, machinePaths } from './paths.ts';
import { choosePort } from './port.ts';
import { killQemu, powerOn } from './power-on.ts';
import type { OnProgress } from './progress.ts';
import { loadSettings, type MachineRecord, runningRecord, saveSettings } from './record.ts';
import { formatSize } from './size.ts';
import { loadJson, saveJson } from './store.ts';

export interface StartOptions {
  /** @default 'bulkhead' */
  name?: string;
  env?: NodeJS.ProcessEnv;
  /** Folder with a built image (`dist`). */
  image: string;
  /** minisign public key file. @default bulkhead.pub in the image's folder */
  publicKey?: string | undefined;
  /** MiB. @default 2048 */
  memory?: number;
  /** @default 2 */
  cpus?: number;
  /** Bytes. @default 20 GiB when the disk is made, else as it is */
  diskSize?: number | undefined;
  /** On 127.0.0.1. @default the one of the last run if it is free, else a free one */
  port?: number | undefined;
  /** @default 'auto' */
  accelerator?: AcceleratorChoice;
  /** Instead of what lies on this machine (host/settings/places.ts). */
  settings?: SettingsDocuments | undefined;
  /** Milliseconds until the guest must be ready. @default 300000 */
  timeout?: number;
  /** Through UEFI with Secure Boot on, or kernel and initramfs given to QEMU. @default 'uefi' */
  boot?: 'uefi' | 'direct' | undefined;
  /** Further `bulkhead.` words. */
  extraCommandLine?: readonly string[];
  /** Appended to QEMU's arguments: more devices. */
  extraQemuArguments?: readonly string[];
  /** Whether a docker context is written. @default true */
  dockerContext?: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress;
}

/** A VM that answers. */
export interface Machine {
  readonly name: string;
  readonly paths: MachinePaths;
  readonly record: MachineRecord;
  readonly alreadyRunning: boolean;
  /** Milliseconds from the call until it was ready. */
  readonly readyAfter: number;
}

/**
 * Starts a VM and returns when its engine answers over TLS; or waits for the one of that name that already
 * runs. A guest that is held or late is left running, to be looked at.
 * @throws {HostError}
 */
export async function startMachine(options: StartOptions): Promise<Machine> {
  const begun = performance.now();
  const name = machineName(options.name ?? DEFAULT_NAME);
  const paths = machinePaths(name, options.env);
  const onProgress = options.onProgress ?? (() => undefined);
  await makeDirectories(paths);
  const lock = await takeLock(paths.lock);
  try {
    const authority = await openAuthority(paths.authority, { name });
    const running = await runningRecord(paths);
    if (running !== undefined && options.port !== undefined && options.port !== running.port) {
      throw new HostError('bad-option', `the VM is running, with port ${running.port}`, {
        hint: 'stop it first with `bulkhead down`',
      });
    }
    if (running !== undefined) await becomeReady(running, paths, authority, options, true);
    const boot = () => prepareBoot(options, paths, onProgress);
    const record = running ?? (await bootUntilReady(await boot(), paths, authority, options));
    await rememberSubnet(paths);
    if (options.dockerContext !== false) await offerContext(paths, record.port, authority, onProgress);
    return {
      name,
      paths,
      record,
      alreadyRunning: running !== undefined,
      readyAfter: performance.now() - begun,
    };
  } finally {
    await lock.release();
  }
}

/** Starts of one `up`, when the emulator makes the kernel crash. */
const MAX_STARTS = 3;

/**
 * QEMU's multi-threaded TCG now and then lets a kernel crash while it patches its own code at start: most often before
 * anything of the VM has run, and else in a way that nothing in the VM can bring about. So another start hides nothing.
 */
async function bootUntilReady(
  { powerOnce, keys }: Boot,
  paths: MachinePaths,
  authority: Authority,
  options: StartOptions,
): Promise<MachineRecord> {
  for (let start = 1; ; start++) {
    const record = await powerOnce();
    try {
      await becomeReady(record, paths, authority, options, false);
      await saveJson(paths.imageKeys, keys);
      return record;
    } catch (error) {
      if (!isHostError(error, 'guest-panicked') || record.accelerator !== 'tcg') throw error;
      const cause = await findEmulatorFault(paths);
      if (cause === undefined || start === MAX_STARTS) throw error;
      options.onProgress?.({ kind: 'note', text: `${error.message}, ${cause}: starting again` });
    }
  }
}

/** What a start needs, all of it checked. */
interface Boot {
  /** Starts QEMU, as often as it is called. */
  powerOnce(): Promise<MachineRecord>;
  /** Remembered when this image has run: not before, or one that does not start would shut out those that do. */
  keys: ImageKeys;
}

/** Checks and makes all that a start needs. @throws {HostError} */
async function prepareBoot(
  options: StartOptions,
  paths: MachinePaths,
  onProgress: OnProgress,
): Promise<Boot> {
  onProgress({ kind: 'step', text: 'checking the image' });
  const image = await readImage(options.image, { publicKey: options.publicKey, signal: options.signal });
  const { keys } = judgeImageKey(await loadJson(paths.imageKeys, imageKeys), image, paths.imageKeys);
  const disk = await prepareDisk(paths.dataDisk, options.diskSize);
  if (disk.change !== 'kept')
    onProgress({ kind: 'note', text: `data disk ${disk.change}: ${formatSize(disk.size)}, sparse` });
  await prepareStateDisk(paths.stateDisk);
  const known = await loadSettings(paths);
  const port = await choosePort(options.port, known.port);
  await saveSettings(paths, { ...known, port });
  const choice = options.accelerator ?? 'auto';
  const decision = chooseAccelerator(choice, await findVirtualisation());
  const network = networkFor(known.subnet, onProgress);
  const machine = {
    name: paths.name,
    paths,
    port,
    network,
    image: image.directory,
    kernel: image.kernel,
    initramfs: image.initramfs,
    root: image.root,
    dataDisk: paths.dataDisk,
    stateDisk: paths.stateDisk,
    memory: options.memory ?? 2048,
    cpus: options.cpus ?? 2,
    extraArguments: options.extraQemuArguments ?? [],
    commandLine: guestCommandLine(image.manifest.commandLine, options.extraCommandLine, network),
  };
  const firmware = {
    code: image.firmware,
    variables: image.firmwareVariables,
    disk: image.boot,
    settings: [networkSetting(network), ...(options.extraCommandLine ?? [])],
  };
  const powerOnce = () => {
    onProgress({ kind: 'step', text: 'starting QEMU' });
    const throughFirmware = options.boot === 'direct' ? {} : { firmware };
    return powerOn({ ...machine, ...throughFirmware }, choice, decision, {
      signal: options.signal,
      onProgress,
    });
  };
  return { powerOnce, keys };
}

async function becomeReady(
  qemu: MachineRecord,
  paths: MachinePaths,
  authority: Authority,
  options: StartOptions,
  wasRunning: boolean,
): Promise<void> {
  const engine = engineOf(qemu.port, authority);
  if (wasRunning && (await answers(engine))) return;
  const { signal, timeout = 300_000, onProgress = () => undefined } = options;
  try {
    const settings = options.settings ?? (await gatherAndWarn(onProgress));
    await awaitReady({ paths, qemu, authority, settings, timeout, signal, onProgress });
    await Promise.all([untilAnswers(engine, 30_000), setClockAgain(paths, signal, onProgress)]);
  } catch (error) {
    if (!wasRunning && (signal?.aborted || isHostError(error, 'guest-panicked'))) await killQemu(qemu);
    throw error;
  }
}

/** While a VM boots, an emulated one answers slowly: now that it has less to do, its clock can be set more exactly. */
async function setClockAgain(
  paths: MachinePaths,
  signal: AbortSignal | undefined,
  onProgress: OnProgress,
): Promise<void> {
  const channel = new ChannelClient(paths.control);
  try {
    await trySetGuestClock(channel, { timeout: 30_000, signal }, onProgress);
  } finally {
    channel.close();
  }
}

async function offerContext(paths: MachinePaths, port: number, authority: Authority, onProgress: OnProgress) {
  try {
    await writeContext(paths, port, authority);
  } catch (error) {
    if (!isHostError(error, 'context-foreign')) throw error;
    onProgress({ kind: 'warning', text: error.message, hint: error.hint });
  }
}

function engineOf(port: number, authority: Authority): EngineClient {
  const { certificate: cert, key } = authority.client;
  return new EngineClient({ port, ca: authority.certificate, cert, key });
}

async function answers(engine: EngineClient): Promise<boolean> {
  try {
    await engine.ping({ timeout: 10_000 });
    return true;
  } catch (error) {
    if (isHostError(error)) return false;
    throw error;
  }
}

/** `ready` is the guest's word; that the forwarded port answers is what counts for the user. */
async function untilAnswers(engine: EngineClient, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!(await answers(engine))) {
    if (performance.now() > deadline) return await engine.ping({ timeout: 10_000 });
    await sleep(250);
  }
}
