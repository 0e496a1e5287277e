import { rm } from 'node:fs/promises';
import { removeContext } from '../docker/context.ts';
import { HostError } from '../errors.ts';
import { makeDirectories } from './directories.ts';
import { takeLock } from './lock.ts';
import { DEFAULT_NAME, machineName } from './name.ts';
import { machinePaths } from './paths.ts';
import { runningRecord } from './record.ts';

/**
 * Removes a stopped VM with its disk, certificates, logs and docker context, for good.
 * @throws {HostError} `locked` when it runs
 */
export async function deleteMachine(options: { name?: string; env?: NodeJS.ProcessEnv } = {}): Promise<void> {
  const paths = machinePaths(machineName(options.name ?? DEFAULT_NAME), options.env);
  await makeDirectories(paths);
  const lock = await takeLock(paths.lock);
  try {
    const running = await runningRecord(paths);
    if (running !== undefined) {
      throw new HostError('locked', `the VM ${paths.name} is running (pid ${running.pid})`, {
        hint: 'stop it first with `bulkhead down`',
      });
    }
    await removeContext(paths);
    for (const directory of [paths.runtime, paths.state, paths.data])
      await rm(directory, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}
