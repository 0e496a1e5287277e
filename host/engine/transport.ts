import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { HostError } from '../errors.ts';

export interface Endpoint {
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly port: number;
  /** PEM: the CA that the engine's certificate must come from, and the client's certificate and key. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A file to send instead, as a tar archive. */
  readonly file?: string;
  /** Milliseconds without a byte from the engine; 0: no limit. @default 60000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface EngineResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request over mutual TLS. Any HTTP status is an answer. @throws {HostError} `engine-unreachable` */
export async function send(endpoint: Endpoint, request: EngineRequest): Promise<EngineResponse> {
  const { host = '127.0.0.1', port, ca, cert, key } = endpoint;
  // An agent of its own: a kept connection would keep this process alive.
  const agent = new Agent({ keepAlive: false, ca, cert, key, minVersion: 'TLSv1.2' });
  const headers = contentType(request);
  const options: RequestOptions = { host, port, agent, method: request.method, path: request.path, headers };
  try {
    return await exchange(options, request);
  } catch (error) {
    request.signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError('engine-unreachable', `the engine at ${host}:${port} cannot be reached: ${why}`, {
      cause: error,
    });
  } finally {
    agent.destroy();
  }
}

async function exchange(options: RequestOptions, request: EngineRequest): Promise<EngineResponse> {
  const { file, body, timeout = 60_000, signal } = request;
  const outgoing = httpsRequest({ ...options, ...(signal ? { signal } : {}) });
  const answer = new Promise<EngineResponse>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(pieces) }),
      );
    });
    if (timeout > 0)
      outgoing.setTimeout(timeout, () => outgoing.destroy(new Error(`no answer in ${timeout} ms`)));
  });
  if (file !== undefined) {
    // The engine may answer (and close) before it has read all: its answer then says more than our EPIPE.
    await Promise.race([answer, Promise.all([pipeline(createReadStream(file), outgoing), answer])]);
  } else {
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  }
  return await answer;
}

function contentType({ file, body }: EngineRequest): Record<string, string> {
  if (file !== undefined) return { 'content-type': 'application/x-tar' };
  return body === undefined ? {} : { 'content-type': 'application/json' };
}
