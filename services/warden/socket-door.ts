import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a service that is being started again is waited for, its answer included: shorter than the client waits for ours (services/runc/runc.h). */
const PATIENCE_MS = 20_000;
const RETRY_MS = 200;
const MOST_BYTES = 1024;

/** Nobody was there, or went away before the answer: as long as the service is not up. */
class Away extends Error {}

/**
 * Asks for the engine's socket of a container that is about to begin (services/sockets/).
 * @param id all of its 64 digits
 * @param patience milliseconds
 * @throws {Error} when there will be none
 */
export async function askForSocket(door: string, id: string, patience = PATIENCE_MS): Promise<void> {
  for (const end = performance.now() + patience; ; await sleep(RETRY_MS)) {
    try {
      return await ask(door, id, Math.max(1, end - performance.now()));
    } catch (error) {
      if (error instanceof Away && performance.now() + RETRY_MS < end) continue;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`there is no socket of the engine for this container: ${why}`, { cause: error });
    }
  }
}

/** @param timeout milliseconds of silence */
function ask(door: string, id: string, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(door, () => socket.write(`open ${id}\n`));
    socket.setEncoding('latin1');
    socket.setTimeout(timeout, () => {
      reject(new Error('no answer'));
      socket.destroy();
    });
    socket.on('error', (cause) => reject(new Away(cause.message, { cause })));
    socket.on('data', (chunk: string) => {
      answer = (answer + chunk).slice(0, MOST_BYTES);
    });
    socket.on('end', () => {
      socket.destroy();
      if (answer === 'ready\n') resolve();
      else reject(answer === '' ? new Away('no answer') : new Error(answer.trim()));
    });
  });
}
