import { ChannelClient } from '../channel/client.ts';
import { isHostError } from '../errors.ts';
import { QmpClient } from '../qmp/client.ts';
import { findPanic } from './console.ts';
import { DEFAULT_NAME, machineName } from './name.ts';
import { type MachinePaths, machinePaths } from './paths.ts';
import { killQemu } from './power-on.ts';
import { isAlive } from './process.ts';
import type { OnProgress } from './progress.ts';
import { clearRuntime, type MachineRecord, runningRecord } from './record.ts';
import { waitUntil } from './wait.ts';

/** How a VM came to its end. */
export type StopResult = 'not-running' | 'guest' | 'power-button' | 'quit' | 'killed';

export interface StopOptions {
  name?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds that the guest has to stop its containers and itself. @default 150000 */
  timeout?: number;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress;
}

/** Milliseconds. */
const CHANNEL_PATIENCE = 10_000;
const POWER_BUTTON_PATIENCE = 30_000;
const QUIT_PATIENCE = 10_000;

/**
 * Stops a VM: asks the guest; then its power button; then QEMU; then SIGKILL. Doing so twice is no error.
 * @throws {HostError} `will-not-stop`
 */
export async function stopMachine(options: StopOptions = {}): Promise<{ stopped: StopResult }> {
  const paths = machinePaths(machineName(options.name ?? DEFAULT_NAME), options.env);
  const qemu = await runningRecord(paths);
  if (qemu === undefined) {
    await clearRuntime(paths);
    return { stopped: 'not-running' };
  }
  const stopped = await stopQemu(qemu, paths, options);
  await clearRuntime(paths);
  return { stopped };
}

/** A power cut: SIGKILL at once. */
export async function killMachine(paths: MachinePaths): Promise<void> {
  const qemu = await runningRecord(paths);
  if (qemu !== undefined) await killQemu(qemu);
  await clearRuntime(paths);
}

async function stopQemu(qemu: MachineRecord, paths: MachinePaths, options: StopOptions): Promise<StopResult> {
  const tell = options.onProgress ?? (() => undefined);
  const ended = async (timeout: number) =>
    (await waitUntil(() => (isAlive(qemu) ? undefined : true), {
      timeout,
      interval: 100,
      signal: options.signal,
    })) === true;
  const panic = await findPanic(paths);
  if (panic === undefined) {
    tell({ kind: 'step', text: 'asking the VM to switch itself off' });
    const asked = await attempt(() => askGuest(paths), tell, 'the VM does not answer');
    if (asked && (await ended(options.timeout ?? 150_000))) return 'guest';
    if (!isAlive(qemu)) return 'guest';
    tell({ kind: 'note', text: `${asked ? 'it is still on' : 'no answer'}: pressing its power button` });
    const pressed = await attempt(() => command(paths, 'system_powerdown'), tell, 'no power button');
    if (pressed && (await ended(POWER_BUTTON_PATIENCE))) return 'power-button';
  }
  tell({
    kind: 'note',
    text: panic === undefined ? 'it is still on: ending QEMU' : `its kernel stopped (${panic}): ending QEMU`,
  });
  const told = await attempt(() => command(paths, 'quit'), tell, 'QEMU does not listen');
  if ((told || !isAlive(qemu)) && (await ended(QUIT_PATIENCE))) return 'quit';
  tell({ kind: 'note', text: 'QEMU is still there: killing it' });
  await killQemu(qemu);
  return 'killed';
}

async function askGuest(paths: MachinePaths): Promise<void> {
  const channel = new ChannelClient(paths.control, { timeout: CHANNEL_PATIENCE });
  try {
    await channel.call('shutdown', { mode: 'poweroff' });
  } finally {
    channel.close();
  }
}

async function command(paths: MachinePaths, name: string): Promise<void> {
  const qmp = await QmpClient.connect(paths.qmp);
  try {
    await qmp.execute(name);
  } finally {
    qmp.close();
  }
}

/** @returns whether it worked; the next resort follows when it did not. */
async function attempt(work: () => Promise<void>, tell: OnProgress, failed: string): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isHostError(error)) throw error;
    const happened = error.code === 'channel-lost'; // it may be lost because what was asked for was done
    if (!happened) tell({ kind: 'note', text: `${failed}: ${error.message}` });
    return happened;
  }
}
