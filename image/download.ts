import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { ImageError } from './error.ts';

/** Proxies by the protocol of the address asked for. */
export interface Proxies {
  http: string | undefined;
  https: string | undefined;
}

const ATTEMPTS = 4;
/** Longest silence of a server, in milliseconds. */
const STALL = 30_000;
const REDIRECTS = 5;

/** An HTTP answer that another attempt will not better. */
class FinalAnswer extends Error {
  override readonly name = 'FinalAnswer';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Fetches an address whole, with a few attempts.
 * @returns undefined when the server says that there is no such file
 * @throws {ImageError} `download-failed`
 */
export async function download(url: string, proxies: Proxies): Promise<Buffer | undefined> {
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    try {
      return await get(url, proxies, REDIRECTS);
    } catch (error) {
      last = error;
      if (error instanceof FinalAnswer && error.status === 404) return undefined;
      if (error instanceof FinalAnswer) break;
    }
  }
  throw new ImageError(
    'download-failed',
    `${url} could not be fetched: ${last instanceof Error ? last.message : String(last)}`,
    'check the network, the proxy of apt (Acquire::http::Proxy) and the mirror (BULKHEAD_MIRROR)',
    { cause: last },
  );
}

/**
 * Checks that bytes are the ones that a signed list names.
 * @throws {ImageError} `hash-mismatch`
 */
export function checkHash(bytes: Buffer, expected: { sha256: string; size: number }, what: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === expected.sha256 && bytes.length === expected.size) return;
  throw new ImageError(
    'hash-mismatch',
    `${what} is not what the archive signed: SHA-256 ${found}, ${bytes.length} bytes; expected ${expected.sha256}, ${expected.size} bytes`,
    'the mirror may be in the middle of an update: try again later with --refresh, or use another mirror',
  );
}

async function get(url: string, proxies: Proxies, redirects: number): Promise<Buffer> {
  const response = await open(new URL(url), proxies);
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
    response.resume();
    if (redirects === 0) throw new FinalAnswer(statusCode, 'too many redirects');
    return get(new URL(headers.location, url).href, proxies, redirects - 1);
  }
  if (statusCode !== 200) {
    response.resume();
    const message = `the server answered ${statusCode} ${response.statusMessage ?? ''}`.trim();
    const passing = statusCode >= 500 || statusCode === 408 || statusCode === 429;
    throw passing ? new Error(message) : new FinalAnswer(statusCode, message);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const announced = Number(headers['content-length'] ?? body.length);
  if (body.length !== announced) throw new Error(`the answer ended after ${body.length} of ${announced} bytes`);
  return body;
}

async function open(url: URL, proxies: Proxies): Promise<http.IncomingMessage> {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === undefined) return answer(client(url).get(url));
  const via = new URL(proxy);
  if (url.protocol === 'http:') {
    const options = { host: via.hostname, port: via.port || 80, path: url.href, headers: { host: url.host, ...login(via) } };
    return answer(http.get(options));
  }
  const socket = await tunnel(url, via);
  return answer(https.get(url, { createConnection: () => tlsConnect({ socket, servername: url.hostname }) }));
}

/** Asks a proxy for a connection to an HTTPS server (RFC 9110, 9.3.6). */
function tunnel(url: URL, via: URL): Promise<import('node:net').Socket> {
  return new Promise((resolve, reject) => {
    const host = `${url.hostname}:${url.port || 443}`;
    const options = { host: via.hostname, port: via.port || 80, method: 'CONNECT', path: host };
    const request = http.request({ ...options, headers: { host, ...login(via) } });
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else reject(new Error(`the proxy answered ${response.statusCode}`));
    });
    request.once('error', reject);
    request.setTimeout(STALL, () => request.destroy(new Error(`no answer of the proxy for ${STALL / 1000} s`)));
    request.end();
  });
}

function login(proxy: URL): { 'proxy-authorization'?: string } {
  if (proxy.username === '') return {};
  const plain = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

function client(url: URL): typeof http | typeof https {
  return url.protocol === 'https:' ? https : http;
}

function answer(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.setTimeout(STALL, () => request.destroy(new Error(`silence for ${STALL / 1000} s`)));
  });
}
