import { HostError, isHostError } from '../errors.ts';
import type { Accelerator, AcceleratorChoice, AcceleratorDecision } from './accelerator.ts';
import type { QemuOptions } from './arguments.ts';
import { hasKernelStarted, hasSignOfLife, isRefusedByFirmware } from './console.ts';
import { checkAlive, launchQemu, type RunningQemu } from './launch.ts';
import type { MachinePaths } from './paths.ts';
import { isAlive, signalProcess } from './process.ts';
import type { OnProgress } from './progress.ts';
import { lastLines } from './tail.ts';
import { waitUntil } from './wait.ts';

/** Milliseconds until the kernel's first line. Under TCG on a busy machine half a minute was seen. */
const SILENCE: Record<Accelerator, number> = { kvm: 10_000, tcg: 90_000 };
/** Firmware takes its time before, about as long. */
const FIRMWARE: Record<Accelerator, number> = { kvm: 10_000, tcg: 90_000 };

export type PowerOnOptions = Omit<QemuOptions, 'accelerator' | 'paths'> & {
  paths: MachinePaths;
  image: string;
};

interface Watch {
  signal?: AbortSignal | undefined;
  onProgress: OnProgress;
}

/**
 * Starts QEMU until the kernel shows a sign of life. A silent KVM is given up for TCG, unless it was
 * demanded; a silent TCG is tried twice, since about one start in twenty stops before the kernel's first line.
 */
export async function powerOn(
  options: PowerOnOptions,
  choice: AcceleratorChoice,
  decision: AcceleratorDecision,
  watch: Watch,
): Promise<RunningQemu> {
  if (decision.accelerator === 'kvm') {
    try {
      return await attempt({ ...options, accelerator: 'kvm' }, watch);
    } catch (error) {
      if (choice === 'kvm' || !isHostError(error, 'qemu-silent', 'kvm-unavailable')) throw error;
      watch.onProgress({ kind: 'note', text: `${error.message}: starting again without it (TCG, slower)` });
    }
  } else if (decision.reason !== undefined) {
    watch.onProgress({
      kind: 'note',
      text: `no KVM (${decision.reason}): QEMU emulates the CPU (TCG, slower)`,
    });
  }
  try {
    return await attempt({ ...options, accelerator: 'tcg' }, watch);
  } catch (error) {
    if (!isHostError(error, 'qemu-silent')) throw error;
    watch.onProgress({ kind: 'note', text: `${error.message}: starting once more` });
    return await attempt({ ...options, accelerator: 'tcg' }, watch);
  }
}

async function attempt(
  options: PowerOnOptions & { accelerator: Accelerator },
  watch: Watch,
): Promise<RunningQemu> {
  const { paths, accelerator, firmware } = options;
  const qemu = await launchQemu(options, { signal: watch.signal });
  try {
    const lives = async () => {
      if (await (firmware === undefined ? hasSignOfLife(paths) : hasKernelStarted(paths))) return true;
      if (firmware !== undefined) await checkFirmware(paths);
      await checkAlive(qemu, paths);
      return undefined;
    };
    const timeout = SILENCE[accelerator] + (firmware === undefined ? 0 : FIRMWARE[accelerator]);
    if (await waitUntil(lives, { timeout, interval: 100, signal: watch.signal })) return qemu;
    const name = accelerator.toUpperCase();
    throw new HostError(
      'qemu-silent',
      `the kernel gave no sign of life in ${timeout / 1000} s under ${name}`,
      {
        log: await lastLines(paths.qemuLog, 5),
      },
    );
  } catch (error) {
    await killQemu(qemu);
    throw error;
  }
}

/** @throws {HostError} `firmware-refused` */
async function checkFirmware(paths: MachinePaths): Promise<void> {
  if (!(await isRefusedByFirmware(paths))) return;
  throw new HostError(
    'firmware-refused',
    'the firmware refused the kernel image: Secure Boot, Access Denied',
    {
      log: await lastLines(paths.console, 5),
    },
  );
}

/** SIGKILL, and returns when it has ended. @throws {HostError} `will-not-stop` */
export async function killQemu(qemu: { pid: number; startTime: string }): Promise<void> {
  signalProcess(qemu, 'SIGKILL');
  const ended = await waitUntil(() => (isAlive(qemu) ? undefined : true), { timeout: 10_000 });
  if (!ended)
    throw new HostError('will-not-stop', `QEMU (pid ${qemu.pid}) does not end, not even by SIGKILL`);
}
