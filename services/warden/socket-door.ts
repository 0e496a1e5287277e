import { connect } from 'node:net';

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 1024;

/**
 * Asks for the engine's socket of a container that is about to begin (services/sockets/).
 * @param id all of its 64 digits
 * @throws {Error} when there will be none
 */
export function askForSocket(door: string, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const failed = (why: string, cause?: unknown) =>
      reject(new Error(`there is no socket of the engine for this container: ${why}`, { cause }));
    const socket = connect(door, () => socket.write(`open ${id}\n`));
    socket.setEncoding('latin1');
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.on('error', (error) => failed(error.message, error));
    socket.on('data', (chunk: string) => {
      answer = (answer + chunk).slice(0, MOST_BYTES);
    });
    socket.on('end', () => {
      socket.destroy();
      if (answer === 'ready\n') resolve();
      else failed(answer.trim() || 'no answer');
    });
  });
}
