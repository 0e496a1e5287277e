import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asHostError, HostError, hasSystemCode } from '../errors.ts';
import { CONTENT_TYPE } from './exposition.ts';

/** Of this machine alone. */
const LOOPBACK = '127.0.0.1';

/**
 * Serves `GET /metrics` on the loopback; each scrape asks anew, one after the other: QEMU serves one client of the
 * channel at a time. A Host header that is not the loopback's is refused: a web page must not read it (DNS rebinding).
 * @param port 0: any free one @throws {HostError} `port-taken`
 */
export async function serveMetrics(
  port: number,
  collect: () => Promise<string>,
): Promise<{ server: Server; port: number }> {
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body);
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
      return answer(403, 'ask by 127.0.0.1 or localhost\n');
    if (request.url !== '/metrics') return answer(404, 'only /metrics is here\n');
    if (request.method !== 'GET') return answer(405, 'only GET\n');
    const asked = last.then(collect);
    last = asked.catch(() => undefined);
    return void asked.then(
      (text) => answer(200, text, CONTENT_TYPE),
      (error: unknown) => answer(503, `${asHostError(error).message}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        hasSystemCode(cause, 'EADDRINUSE', 'EACCES')
          ? new HostError('port-taken', `port ${port} on ${LOOPBACK} cannot be used: ${cause.message}`, {
              cause,
              hint: 'choose another one with --listen',
            })
          : cause,
      ),
    );
    server.listen(port, LOOPBACK, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
