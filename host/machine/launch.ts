import { spawn } from 'node:child_process';
import { access, copyFile, open } from 'node:fs/promises';
import { HostError, hasSystemCode } from '../errors.ts';
import { type QemuOptions, qemuArguments } from './arguments.ts';
import type { MachinePaths } from './paths.ts';
import { identifyProcess, isAlive, signalProcess } from './process.ts';
import { explainQemuEnd, type ProcessEnd } from './qemu-failure.ts';
import { clearRuntime, type MachineRecord, saveRecord } from './record.ts';
import { rotateLog } from './rotate.ts';
import { lastLines } from './tail.ts';
import { waitUntil } from './wait.ts';

export const QEMU = 'qemu-system-x86_64';

/** A QEMU that this process started. It stays when this process ends. */
export interface RunningQemu extends MachineRecord {
  /** How it ended; undefined while it runs. */
  end(): ProcessEnd | undefined;
}

/** Time for QEMU to open its sockets; under load it takes a second or two. */
const START_TIMEOUT = 30_000;

/**
 * Starts QEMU in a session of its own, with new logs, and returns when its sockets are there: the guest has
 * then hardly begun. Folders and data disk must exist.
 * @throws {HostError} what QEMU complained about
 */
export async function launchQemu(
  options: QemuOptions & { paths: MachinePaths; image: string },
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<RunningQemu> {
  const { paths } = options;
  await clearRuntime(paths);
  for (const path of [paths.events, paths.console, paths.qemuLog]) await rotateLog(path);
  if (options.firmware !== undefined) await copyFile(options.firmware.variables, paths.firmwareVariables);
  const qemu = await spawnDetached(qemuArguments(options), paths.qemuLog);
  const record: MachineRecord = {
    name: options.name,
    ...qemu.identity,
    accelerator: options.accelerator,
    port: options.port,
    memory: options.memory,
    cpus: options.cpus,
    image: options.image,
    boot: options.firmware === undefined ? 'direct' : 'uefi',
    startedAt: new Date().toISOString(),
  };
  await saveRecord(paths, record);
  try {
    await waitForSockets(qemu.end, paths, signal);
  } catch (error) {
    signalProcess(record, 'SIGKILL');
    throw error;
  }
  return { ...record, end: qemu.end };
}

/** @throws {HostError} when QEMU has ended. */
export async function checkAlive(
  qemu: MachineRecord & Partial<RunningQemu>,
  paths: MachinePaths,
): Promise<void> {
  if (isAlive(qemu)) return;
  throw explainQemuEnd(await lastLines(paths.qemuLog, 20), qemu.end?.());
}

async function spawnDetached(args: readonly string[], logFile: string) {
  const log = await open(logFile, 'ax', 0o600);
  try {
    const child = spawn(QEMU, args, { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' });
    let end: ProcessEnd | undefined;
    child.once('exit', (code, signal) => {
      end = { code, signal };
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(cannotStart(error)));
    });
    child.unref();
    const identity = identifyProcess(child.pid ?? 0);
    if (identity === undefined) {
      await waitUntil(() => end, { timeout: 1000 });
      throw explainQemuEnd(await lastLines(logFile, 20), end);
    }
    return { identity, end: () => end };
  } finally {
    await log.close();
  }
}

function cannotStart(error: Error): HostError {
  if (hasSystemCode(error, 'ENOENT'))
    return new HostError('tool-missing', `${QEMU} is not installed`, { cause: error });
  return new HostError('qemu-failed', `${QEMU} cannot be started: ${error.message}`, { cause: error });
}

async function waitForSockets(
  end: () => ProcessEnd | undefined,
  paths: MachinePaths,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ready = async () => {
    const ended = end();
    if (ended !== undefined) throw explainQemuEnd(await lastLines(paths.qemuLog, 20), ended);
    for (const path of [paths.control, paths.qmp, paths.pidFile]) {
      if (!(await exists(path))) return undefined;
    }
    return true;
  };
  if (await waitUntil(ready, { timeout: START_TIMEOUT, signal })) return;
  throw new HostError('qemu-silent', `QEMU opened no sockets in ${START_TIMEOUT / 1000} s`, {
    log: await lastLines(paths.qemuLog, 10),
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return false;
    throw error;
  }
}
