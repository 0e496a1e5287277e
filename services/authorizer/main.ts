/**
 * dockerd's authorization plugin: an unprivileged process that is asked about each request, and refuses what it cannot
 * decide. It keeps nothing, so it may fall over at any time: dockerd waits for it a little, then refuses by itself.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { returnMemory } from '../return-memory.ts';
import { OrdersFile } from '../warden/orders.ts';
import { Authorizer } from './authorizer.ts';
import { Engine } from './engine.ts';
import { ACTIVATE, PLUGIN_MEDIA_TYPE, REQUEST, RESPONSE } from './protocol.ts';

returnMemory();

/** A body below 1 MiB in base64, an address, headers and certificates. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Bunyan's and pino's number for a warning, as PID 1 reads it. */
const WARN = 40;

const [socketPath, ordersPath, innerAuthority, hostAuthority, ownKey, port] = process.argv.slice(2);
if (
  socketPath === undefined ||
  ordersPath === undefined ||
  innerAuthority === undefined ||
  hostAuthority === undefined ||
  ownKey === undefined ||
  port === undefined
)
  throw new Error('usage: authorizer SOCKET ORDERS INNER-AUTHORITY HOST-AUTHORITY OWN-KEY PORT');

const ordersFile = new OrdersFile(ordersPath);
const engine = new Engine(() => {
  const own = readFileSync(ownKey, 'utf8');
  return { port: Number(port), ca: readFileSync(hostAuthority, 'utf8'), cert: own, key: own };
});
let authority: X509Certificate | undefined;
const authorizer = new Authorizer({
  policy: () => {
    const { runtime, api } = ordersFile.current();
    return { ...runtime, ...api };
  },
  authority: () => {
    authority ??= new X509Certificate(readFileSync(innerAuthority));
    return authority;
  },
  ask: (question) => engine.ask(question),
  audit: (entry) => console.error(JSON.stringify({ level: WARN, ...entry })),
});

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    console.error(`dockerd's question was lost: ${error instanceof Error ? error.message : String(error)}`);
    response.destroy();
  });
});
// dockerd alone reaches this socket, and keeps its connections: one that ends under a question costs it a second.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
rmSync(socketPath, { force: true });
server.listen(socketPath, () => console.log('ready'));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // The answers of dockerd are its own: what may be asked may be answered.
  if (request.url === RESPONSE) {
    request.resume();
    return send(response, 200, { Allow: true });
  }
  if (request.url === ACTIVATE) {
    request.resume();
    return send(response, 200, { Implements: ['authz'] });
  }
  if (request.url !== REQUEST) {
    request.resume();
    return send(response, 404, { Err: 'there is no such method' });
  }
  const text = await read(request);
  if (text === undefined) return send(response, 200, { Allow: false, Msg: 'the request is too large' });
  send(response, 200, await authorizer.answer(text));
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  return bytes <= MOST_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': PLUGIN_MEDIA_TYPE,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
