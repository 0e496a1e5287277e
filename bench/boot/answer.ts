import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { type EngineVersion, engineVersion } from '../../host/engine/shapes.ts';
import type { Endpoint } from '../../host/engine/transport.ts';
import { BenchError } from '../error.ts';
import { uptime } from './uptime.ts';

/** Milliseconds between the starts of two attempts to connect. */
const INTERVAL = 250;
/**
 * Milliseconds for one attempt. QEMU's user network takes a connection before anything in the VM listens, and
 * sends it on later and later: a new one finds out sooner. Long enough for a handshake under TCG on a busy machine.
 */
const PATIENCE = 5000;
/** Attempts at a time: the VM is not to be kept busy by those who wait for it. */
const AT_ONCE = 4;

export interface Answer {
  /** Milliseconds since this machine started. */
  at: number;
  version: EngineVersion;
}

/**
 * Connects until a TLS handshake is through, then asks for `/version` on that connection, once, and waits for the
 * whole answer: the same question for everyone compared. Asking again and again would slow down who is asked.
 * @throws the signal's reason, {@link BenchError} `wrong-answer`
 */
export async function firstAnswer(endpoint: Endpoint, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    const version = await askVersion(await firstConnection(endpoint, signal), signal);
    if (version !== undefined) return { at: uptime(), version };
  }
}

/** The first of overlapping attempts that comes through; the others are given up. */
function firstConnection(endpoint: Endpoint, signal: AbortSignal): Promise<TLSSocket> {
  const { host = '127.0.0.1', ...rest } = endpoint;
  return new Promise((resolve, reject) => {
    const attempts = new Set<TLSSocket>();
    const end = (): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
      for (const socket of attempts) socket.destroy();
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason);
    };
    const attempt = (): void => {
      if (attempts.size >= AT_ONCE) return;
      const socket = connect({ ...rest, host, minVersion: 'TLSv1.2' });
      attempts.add(socket);
      socket.setTimeout(PATIENCE, () => socket.destroy());
      socket.on('error', () => socket.destroy()); // nobody there yet: the next attempt follows
      socket.once('close', () => attempts.delete(socket));
      socket.once('secureConnect', () => {
        socket.setTimeout(0);
        attempts.delete(socket);
        end();
        resolve(socket);
      });
    };
    const timer = setInterval(attempt, INTERVAL);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else attempt();
  });
}

/** @returns undefined when the connection was lost on the way: the engine was not there for good yet */
async function askVersion(socket: TLSSocket, signal: AbortSignal): Promise<EngineVersion | undefined> {
  const outgoing = request({
    path: '/version',
    headers: { host: 'engine' },
    signal,
    createConnection: () => socket,
  });
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    outgoing.end();
    const incoming = await answered;
    const body = await text(incoming);
    if (incoming.statusCode !== 200) {
      throw new BenchError(
        'wrong-answer',
        `/version: ${incoming.statusCode} ${body.slice(0, 200)}`,
        'see its logs',
      );
    }
    return engineVersion.parse(JSON.parse(body));
  } catch (error) {
    signal.throwIfAborted();
    if (
      error instanceof Error &&
      'code' in error &&
      /^(?:ECONNRESET|EPIPE|ERR_SSL_)/.test(String(error.code))
    )
      return undefined;
    throw error;
  } finally {
    socket.destroy();
  }
}
