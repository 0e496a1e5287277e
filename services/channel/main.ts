/**
 * The host's only way in. An unprivileged process: descriptor 3 is the control port; PID 1 listens on a socket
 * that only this user reaches. It parses what the host says and passes on what is well-formed; it decides
 * nothing, and when it falls over PID 1 starts it again.
 */
import { connect } from 'node:net';
import { returnMemory } from '../return-memory.ts';
import { Port } from './port.ts';
import { encodeFrame, FrameReader } from './protocol/frame.ts';
import { type Response, response } from './protocol/methods.ts';
import { Session } from './session.ts';

returnMemory();

const PORT_DESCRIPTOR = 3;
const [socketPath] = process.argv.slice(2);
if (socketPath === undefined) throw new Error('usage: channel SOCKET');

const session = new Session(() => new Date());
const init = connect(socketPath);
const fromInit = new FrameReader();
const port = new Port(PORT_DESCRIPTOR, {
  onValue(value) {
    const decision = session.fromHost(value);
    if (decision.do === 'forward') init.write(encodeFrame(decision.request));
    else answer(decision.response);
  },
  onDisconnect: () => session.reset(),
});

init.on('data', (chunk: Buffer) => {
  for (const value of fromInit.push(chunk)) {
    const parsed = response.parse(value);
    if (session.toHost(parsed)) answer(parsed);
  }
});
init.on('close', () => {
  console.error('PID 1 has closed the connection');
  process.exit(1);
});
init.on('error', (error) => console.error(`connection to PID 1: ${error.message}`));

function answer(message: Response): void {
  if (!port.send(encodeFrame(message))) console.error('an answer was dropped: the host does not read');
}
