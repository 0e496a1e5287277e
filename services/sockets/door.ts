import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

const MOST_BYTES = 256;
const SILENCE_MS = 10_000;

/**
 * Where the warden asks for the socket of a container that it is about to let begin: `open ID`, answered with `ready` or
 * with why not, one line each. Only the warden's group gets here.
 */
export function openDoor(path: string, open: (id: string) => Promise<void>, onReady: () => void): Server {
  rmSync(path, { force: true });
  return createServer((socket) => serve(socket, open)).listen(path, () => {
    chmodSync(path, 0o660);
    onReady();
  });
}

function serve(socket: Socket, open: (id: string) => Promise<void>): void {
  let text = '';
  const answer = (line: string) => socket.end(`${line}\n`);
  socket.setEncoding('latin1');
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // whoever asked has gone
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > MOST_BYTES) {
      socket.destroy();
      return;
    }
    const [, id] = /^open ([0-9a-f]+)\n$/.exec(text) ?? [];
    if (id === undefined) {
      if (text.includes('\n')) answer('this is no question');
      return;
    }
    text = '';
    open(id).then(
      () => answer('ready'),
      (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
    );
  });
}
