import { connect } from 'node:net';
import type { Clock } from './clock.ts';
import { poll } from './poll.ts';

/** Whether somebody listens on a unix socket within `timeout` milliseconds. */
export async function whenListening(path: string, clock: Clock, timeout: number): Promise<boolean> {
  const listening = async () => (await listens(path)) || undefined;
  return (await poll(listening, { clock, timeout })) !== undefined;
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false)); // not yet
  });
}
