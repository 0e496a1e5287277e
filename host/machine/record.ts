import { rm } from 'node:fs/promises';
import * as z from '../../policy/zod.ts';
import { HostError } from '../errors.ts';
import type { MachinePaths } from './paths.ts';
import { isAlive } from './process.ts';
import { loadJson, saveJson } from './store.ts';

/** Which QEMU runs a VM, and with what. In the runtime directory: gone when the machine starts again. */
export const machineRecord = z.strictObject({
  name: z.string(),
  pid: z.int().check(z.positive()),
  startTime: z.string(),
  accelerator: z.enum(['tcg', 'kvm']),
  port: z.int().check(z.minimum(1), z.maximum(65535)),
  /** MiB. */
  memory: z.int().check(z.positive()),
  cpus: z.int().check(z.positive()),
  image: z.string(),
  /** `uefi`: through firmware, with Secure Boot on; `direct`: kernel and initramfs given to QEMU. */
  boot: z._default(z.enum(['uefi', 'direct']), 'direct'),
  /** ISO 8601. */
  startedAt: z.string(),
});
export type MachineRecord = z.infer<typeof machineRecord>;

/** What of a VM outlives its runs. */
export const machineSettings = z.strictObject({
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65535))),
  /** `linuxVM.vpnkitCIDR`, as it was in force when the VM last ran. */
  subnet: z.optional(z.string().check(z.maxLength(50))),
});
export type MachineSettings = z.infer<typeof machineSettings>;

export function loadRecord(paths: MachinePaths): Promise<MachineRecord | undefined> {
  return loadJson(paths.record, machineRecord);
}

/** @returns the record of the QEMU that runs now; undefined when it has ended, however it ended. */
export async function runningRecord(paths: MachinePaths): Promise<MachineRecord | undefined> {
  const record = await loadRecord(paths);
  return record !== undefined && isAlive(record) ? record : undefined;
}

/** @throws {HostError} `not-running` */
export async function requireRunning(paths: MachinePaths): Promise<MachineRecord> {
  const record = await runningRecord(paths);
  if (record !== undefined) return record;
  throw new HostError('not-running', `the VM ${paths.name} is not running`);
}

export function saveRecord(paths: Pick<MachinePaths, 'record'>, record: MachineRecord): Promise<void> {
  return saveJson(paths.record, record);
}

/** Removes what a QEMU that has ended left behind. */
export async function clearRuntime(paths: MachinePaths): Promise<void> {
  for (const path of [paths.record, paths.control, paths.qmp, paths.pidFile, paths.firmwareVariables])
    await rm(path, { force: true });
}

export async function loadSettings(paths: MachinePaths): Promise<MachineSettings> {
  return (await loadJson(paths.settings, machineSettings)) ?? {};
}

export function saveSettings(paths: MachinePaths, settings: MachineSettings): Promise<void> {
  return saveJson(paths.settings, settings);
}
