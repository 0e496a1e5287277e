/**
 * The warden decides what each container may have. An unprivileged process: the `runc` client asks it over a socket,
 * opens and describes what it names, and does what it plans. It keeps nothing that the kernel does not know, so it
 * may fall over at any time: PID 1 starts it again, and clients wait for it a little.
 */
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { returnMemory } from '../return-memory.ts';
import { type Circumstances, Conversation } from './conversation.ts';
import { OrdersFile } from './orders.ts';
import { uidMaps } from './processes.ts';
import { Ranges, rangesInUse } from './ranges.ts';
import { askForSocket } from './socket-door.ts';
import { encodeRefusal } from './wire.ts';

returnMemory();

/** A client says its part at once; milliseconds. */
const SILENCE_MS = 60_000;

const [socketPath, ordersPath, door] = process.argv.slice(2);
if (socketPath === undefined || ordersPath === undefined || door === undefined)
  throw new Error('usage: warden SOCKET ORDERS DOOR');
const socketDoor = door;

const ordersFile = new OrdersFile(ordersPath);

const circumstances: Circumstances = {
  policy: () => ordersFile.current().runtime,
  ranges: new Ranges(() => rangesInUse(uidMaps())),
};

const server = createServer(converse);
rmSync(socketPath, { force: true });
server.listen(socketPath, () => console.log('ready'));

function converse(socket: Socket): void {
  const conversation = new Conversation(circumstances);
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  const refused = (refusal: string) => {
    console.error(`${conversation.subject}: refused: ${refusal}`);
    socket.end();
  };
  socket.on('data', (chunk: Buffer) => {
    const { answers, refusal, socketFor } = conversation.hear(chunk);
    const send = () => {
      for (const answer of answers) socket.write(answer);
      if (refusal !== undefined) refused(refusal);
    };
    if (socketFor === undefined) return send();
    askForSocket(socketDoor, socketFor).then(send, (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      conversation.end();
      socket.write(encodeRefusal(why));
      refused(why);
    });
  });
  socket.on('error', (error) => console.error(`${conversation.subject}: ${error.message}`));
  socket.on('close', () => conversation.end());
}
