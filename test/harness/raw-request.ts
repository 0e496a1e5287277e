import { connect } from 'node:tls';
import type { Endpoint } from '../../host/engine/transport.ts';

/** What is answered to these bytes, up to the end of the connection. @param patience milliseconds */
export function rawRequest(
  { port, ca, cert, key }: Endpoint,
  text: string,
  patience: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port, ca, cert, key }, () => socket.write(text));
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer to ${text.slice(0, 200)}`)));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
