import type { Event, Failure } from '../../services/channel/protocol/methods.ts';
import type { Authority } from '../certificates/authority.ts';
import { certifyGuest } from '../certificates/certify.ts';
import { ChannelClient } from '../channel/client.ts';
import { trySetGuestClock } from '../clock/set-clock.ts';
import { HostError, isHostError } from '../errors.ts';
import { describeEvent, formatLogEntry } from '../events/describe.ts';
import { followEvents } from '../events/events.ts';
import type { SettingsDocuments } from '../settings/gather.ts';
import { submitSettings } from '../settings/submit.ts';
import { findPanic } from './console.ts';
import { checkAlive } from './launch.ts';
import type { MachinePaths } from './paths.ts';
import type { OnProgress } from './progress.ts';
import type { MachineRecord } from './record.ts';
import { lastLines } from './tail.ts';

export interface AwaitReadyOptions {
  readonly paths: MachinePaths;
  readonly qemu: MachineRecord;
  readonly authority: Authority;
  /** What the guest is told of settings. @default nothing */
  readonly settings?: SettingsDocuments;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: OnProgress;
}

/** Milliseconds between looks at the process and the console. */
const WATCH_INTERVAL = 500;
const TAIL_LINES = 15;

/**
 * Follows a boot until the guest says `ready`, giving it its certificate on the way.
 * @throws {HostError} `guest-held`, `guest-panicked`, `guest-late`, or why QEMU ended
 */
export async function awaitReady(options: AwaitReadyOptions): Promise<void> {
  const stop = new AbortController();
  const late = AbortSignal.timeout(options.timeout);
  const signal = AbortSignal.any([stop.signal, late, ...(options.signal ? [options.signal] : [])]);
  try {
    await Promise.race([
      followBoot(options, signal, late),
      failingOnly(certify(options, signal), signal),
      failingOnly(watchQemu(options, signal), signal),
    ]);
  } finally {
    stop.abort();
  }
}

async function followBoot(options: AwaitReadyOptions, signal: AbortSignal, late: AbortSignal): Promise<void> {
  const log: string[] = [];
  let doing = 'the kernel';
  for await (const event of followEvents(options.paths.events, { signal })) {
    keepLog(log, event);
    if (event.kind === 'state' && event.state === 'ready') return;
    if (event.kind === 'state' && event.state === 'degraded') {
      // The boot has ended, and the engine is there: what is amiss is said, and nobody waits for it.
      const { message, hint } = event.failure ?? {
        message: 'the VM did not say why',
        hint: 'see `bulkhead status`',
      };
      return options.onProgress({ kind: 'warning', text: `the VM is degraded: ${message}`, hint });
    }
    if (event.kind === 'state' && event.state === 'held') throw held(event.failure, log);
    const step = describeEvent(event);
    if (step === undefined) continue;
    doing = step;
    options.onProgress({ kind: 'step', text: step });
  }
  options.signal?.throwIfAborted();
  if (!late.aborted) return; // another of the race has ended it
  const tail = log.length > 0 ? log : await lastLines(options.paths.console, TAIL_LINES);
  const seconds = Math.round(options.timeout / 1000);
  throw new HostError('guest-late', `the VM was not ready after ${seconds} s; last: ${doing}`, { log: tail });
}

async function certify(
  { paths, authority, settings = {}, timeout, onProgress }: AwaitReadyOptions,
  signal: AbortSignal,
): Promise<void> {
  const channel = new ChannelClient(paths.control);
  try {
    // The guest opens the channel when it gets there: the deadline of the whole boot is the one that counts.
    await channel.connect({ timeout, signal });
    const { state } = await channel.call('status', {}, { timeout: 30_000, signal });
    if (state === 'ready' || state === 'degraded') return;
    // Both are needed before the engine starts; the guest answers the first when it has sealed its settings.
    await Promise.all([
      submitSettings(channel, settings, { timeout, signal, onProgress }).then(() =>
        trySetGuestClock(channel, { timeout: 30_000, signal }, onProgress),
      ),
      certifyGuest(channel, authority, { timeout, signal }),
    ]);
  } finally {
    channel.close();
  }
}

async function watchQemu({ paths, qemu }: AwaitReadyOptions, signal: AbortSignal): Promise<never> {
  for (;;) {
    signal.throwIfAborted();
    await checkPanic(paths);
    await checkAliveOrExplain(qemu, paths);
    await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL));
  }
}

async function checkPanic(paths: MachinePaths): Promise<void> {
  const panic = await findPanic(paths);
  if (panic === undefined) return;
  throw new HostError('guest-panicked', `the VM's kernel stopped: ${panic}`, {
    log: await lastLines(paths.console, TAIL_LINES),
  });
}

/** QEMU that ends well in the middle of a boot was switched off by its guest. */
async function checkAliveOrExplain(qemu: MachineRecord, paths: MachinePaths): Promise<void> {
  try {
    await checkAlive(qemu, paths);
  } catch (error) {
    await checkPanic(paths); // a kernel that stops takes QEMU along
    if (!isHostError(error, 'qemu-failed') || error.log.some((line) => line.includes('qemu'))) throw error;
    throw new HostError('guest-ended', 'the VM switched itself off before it was ready', {
      cause: error,
      log: await lastLines(paths.console, TAIL_LINES),
    });
  }
}

/** For a race: a success is no end, and what fails because the race is over is nobody's concern. */
async function failingOnly(work: Promise<unknown>, signal: AbortSignal): Promise<never> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return await new Promise<never>(() => undefined);
}

function held(failure: Failure | undefined, log: readonly string[]): HostError {
  if (failure === undefined)
    return new HostError('guest-held', 'the boot was held, without a reason', { log });
  const { code, message, hint } = failure;
  return new HostError('guest-held', `the boot was held: ${message} (${code})`, { hint, log });
}

function keepLog(log: string[], event: Event): void {
  if (event.kind !== 'log') return;
  log.push(formatLogEntry(event.entry));
  if (log.length > TAIL_LINES) log.shift();
}
