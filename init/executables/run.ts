import { spawn } from 'node:child_process';
import type { ExecutableStore } from '../../services/supervisor/executables.ts';

/** How a command that PID 1 ran to its end has ended. */
export interface CommandResult {
  /** Exit status; undefined when a signal ended it. */
  status: number | undefined;
  signal: NodeJS.Signals | undefined;
  /** Standard output and error, the last 16 KiB. */
  output: string;
}

const OUTPUT_BYTES = 16 * 1024;

/**
 * Runs a verified executable through the descriptor that was hashed and waits for its end.
 * @param timeout milliseconds until it is killed
 */
export function runVerified(
  store: ExecutableStore,
  path: string,
  args: readonly string[],
  timeout: number,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    // The child opens the descriptor by name before it is closed on execution.
    const child = spawn(`/proc/self/fd/${store.descriptor(path)}`, args, {
      argv0: path,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/nonexistent', LANG: 'C.UTF-8' },
      timeout,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const keep = (text: Buffer): void => {
      output = (output + text.toString('utf8')).slice(-OUTPUT_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({ status: status ?? undefined, signal: signal ?? undefined, output: output.trim() }),
    );
  });
}
