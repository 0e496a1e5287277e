import { stat } from 'node:fs/promises';
import * as z from '../../policy/zod.ts';
import { status as guestStatus } from '../../services/channel/protocol/methods.ts';
import { ChannelClient } from '../channel/client.ts';
import { dockerEnvironment } from '../docker/cli.ts';
import { contextName, contextProblem } from '../docker/context.ts';
import { EngineClient } from '../engine/client.ts';
import { engineEndpoint } from '../engine/connect.ts';
import { hasSystemCode, isHostError } from '../errors.ts';
import { DEFAULT_NAME, machineName } from './name.ts';
import { type MachinePaths, machinePaths } from './paths.ts';
import { loadSettings, type MachineRecord, runningRecord } from './record.ts';

/** A link of the chain from the user to the engine: it holds, or `problem` says why not. */
const link = { ok: z.boolean(), problem: z.optional(z.string()) };

/** `bulkhead status --json`. Every link is looked at by itself, not inferred from another. */
export const machineStatus = z.strictObject({
  name: z.string(),
  /** Whether all links hold. */
  ok: z.boolean(),
  /** `stopped`: no QEMU; `unknown`: QEMU runs, but the guest did not say. Else the guest's word. */
  state: z.enum(['stopped', 'unknown', 'booting', 'ready', 'degraded', 'held', 'stopping']),
  process: z.strictObject({
    ...link,
    pid: z.optional(z.number()),
    accelerator: z.optional(z.enum(['tcg', 'kvm'])),
    boot: z.optional(z.enum(['uefi', 'direct'])),
    memory: z.optional(z.number()),
    cpus: z.optional(z.number()),
    startedAt: z.optional(z.string()),
    image: z.optional(z.string()),
  }),
  channel: z.strictObject({ ...link, guest: z.optional(guestStatus) }),
  engine: z.strictObject({ ...link, version: z.optional(z.string()), apiVersion: z.optional(z.string()) }),
  context: z.strictObject({ ...link, name: z.string() }),
  /** On 127.0.0.1; of the last run when stopped. */
  port: z.optional(z.number()),
  /** Variables with which a docker client reaches the engine. */
  environment: z.record(z.string(), z.string()),
  /** Bytes: as large as the guest sees it, and what it takes on this machine. */
  disk: z.optional(z.strictObject({ path: z.string(), size: z.number(), used: z.number() })),
  /** `development`: signed with a key of this machine. */
  signing: z.optional(z.enum(['development', 'release'])),
  logs: z.strictObject({ events: z.string(), console: z.string(), qemu: z.string() }),
});
export type MachineStatus = z.infer<typeof machineStatus>;

/** Checks every link. Never throws because one does not hold. @param options.timeout milliseconds for each */
export async function inspectMachine(
  options: { name?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<MachineStatus> {
  const paths = machinePaths(machineName(options.name ?? DEFAULT_NAME), options.env);
  const timeout = options.timeout ?? 10_000;
  const record = await runningRecord(paths);
  const port = record?.port ?? (await loadSettings(paths)).port;
  const [channel, engine, context, disk] = await Promise.all([
    record ? checkChannel(paths, timeout) : notRunning,
    record ? checkEngine(paths, record, timeout) : notRunning,
    checkContext(paths, port),
    measureDisk(paths.dataDisk),
  ]);
  const guest = 'guest' in channel ? channel.guest : undefined;
  const process = record ? describeProcess(record) : notRunning;
  return {
    name: paths.name,
    ok: process.ok && channel.ok && engine.ok && context.ok && guest?.state === 'ready',
    state: record ? (guest?.state ?? 'unknown') : 'stopped',
    process,
    channel,
    engine,
    context,
    ...(port === undefined ? {} : { port }),
    environment: port === undefined ? {} : dockerEnvironment(paths, port),
    ...(disk ? { disk } : {}),
    ...(guest ? { signing: guest.signing } : {}),
    logs: { events: paths.events, console: paths.console, qemu: paths.qemuLog },
  };
}

const notRunning = { ok: false, problem: 'QEMU is not running' } as const;

function describeProcess({ pid, accelerator, memory, cpus, startedAt, image, boot }: MachineRecord) {
  return { ok: true, pid, accelerator, memory, cpus, startedAt, image, boot };
}

async function checkChannel(paths: MachinePaths, timeout: number): Promise<MachineStatus['channel']> {
  const channel = new ChannelClient(paths.control, { timeout });
  try {
    return { ok: true, guest: await channel.call('status', {}) };
  } catch (error) {
    return broken(error);
  } finally {
    channel.close();
  }
}

async function checkEngine(
  paths: MachinePaths,
  record: MachineRecord,
  timeout: number,
): Promise<MachineStatus['engine']> {
  try {
    const engine = new EngineClient(await engineEndpoint(paths, record.port));
    const { Version, ApiVersion } = await engine.version({ timeout });
    return { ok: true, version: Version, apiVersion: ApiVersion };
  } catch (error) {
    return broken(error);
  }
}

async function checkContext(
  paths: MachinePaths,
  port: number | undefined,
): Promise<MachineStatus['context']> {
  const name = contextName(paths.name);
  const problem = port === undefined ? 'the VM was never started' : await contextProblem(paths, port);
  return problem === undefined ? { ok: true, name } : { ok: false, name, problem };
}

function broken(error: unknown): { ok: false; problem: string } {
  if (isHostError(error)) return { ok: false, problem: error.message };
  throw error;
}

async function measureDisk(path: string): Promise<MachineStatus['disk']> {
  try {
    const { size, blocks } = await stat(path);
    return { path, size, used: blocks * 512 }; // stat(2): blocks are of 512 bytes, whatever the file system's
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
