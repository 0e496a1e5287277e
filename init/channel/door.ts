import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { CHANNEL_FOLDER, CHANNEL_SOCKET, CHANNEL_UID } from '../../services/channel/definition.ts';
import { encodeFrame, FrameReader } from '../../services/channel/protocol/frame.ts';
import { type Request, type Response, request } from '../../services/channel/protocol/methods.ts';
import { answer, type Handlers } from './answer.ts';

/**
 * PID 1's end of the channel: a socket in a folder that only the channel's user can enter. One connection at a
 * time; a message that is not what the channel must send closes it, and the supervisor starts the channel anew.
 *
 * @param isSealed whether the settings of this boot are in force
 * @param onError told of what a person should read
 */
export function openDoor(
  handlers: Handlers,
  isSealed: () => boolean,
  onError: (message: string) => void,
): Promise<void> {
  mkdirSync(CHANNEL_FOLDER, { recursive: true, mode: 0o700 });
  chmodSync(CHANNEL_FOLDER, 0o700);
  chownSync(CHANNEL_FOLDER, CHANNEL_UID, CHANNEL_UID);
  rmSync(CHANNEL_SOCKET, { force: true });
  let current: Socket | undefined;
  const server = createServer((socket) => {
    current?.destroy();
    current = socket;
    serve(socket, (message) => answer(message, handlers, isSealed()), onError);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(CHANNEL_SOCKET, () => {
      chownSync(CHANNEL_SOCKET, CHANNEL_UID, CHANNEL_UID);
      chmodSync(CHANNEL_SOCKET, 0o600);
      resolve();
    });
  });
}

function serve(
  socket: Socket,
  answerTo: (message: Request) => Promise<Response>,
  onError: (message: string) => void,
): void {
  const reader = new FrameReader();
  socket.on('error', (error) => onError(`channel: ${error.message}`));
  socket.on('data', (chunk: Buffer) => {
    for (const value of reader.push(chunk)) {
      const parsed = request.safeParse(value);
      if (!parsed.success) {
        onError('channel: a message was no request; the channel is started anew');
        socket.destroy();
        return;
      }
      void answerTo(parsed.data).then((response) => send(socket, response));
    }
  });
}

function send(socket: Socket, response: Response): void {
  if (!socket.destroyed) socket.write(encodeFrame(response));
}
