import type * as z from '../../policy/zod.ts';
import type { MethodName, methods, Result } from '../../services/channel/protocol/methods.ts';
import { ChannelClient } from '../channel/client.ts';
import type { MachinePaths } from '../machine/paths.ts';
import { requireRunning } from '../machine/record.ts';

/** The engine may be started again before the guest answers, milliseconds. */
const PATIENCE = 300_000;

/** One question to the VM that runs. @throws {HostError} `not-running`, `channel-…`, `not-yet` */
export async function askVm<M extends MethodName>(
  paths: MachinePaths,
  method: M,
  params: z.input<(typeof methods)[M]['params']>,
  signal?: AbortSignal,
): Promise<Result<M>> {
  await requireRunning(paths);
  const channel = new ChannelClient(paths.control);
  try {
    await channel.connect();
    return await channel.call(method, params, { timeout: PATIENCE, signal });
  } finally {
    channel.close();
  }
}
