import { createServer } from 'node:net';
import { HostError, hasSystemCode } from '../errors.ts';

/** @returns whether 127.0.0.1:`port` could be listened on just now; for 0, the port that the kernel chose. */
export function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (hasSystemCode(error, 'EADDRINUSE', 'EACCES')) resolve(undefined);
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

/**
 * @param asked from the command line: taken is an error
 * @param last of this VM's last run: kept if it is still free, so that the endpoint stays the same
 * @throws {HostError} `port-taken`
 */
export async function choosePort(asked: number | undefined, last: number | undefined): Promise<number> {
  if (asked !== undefined) {
    const port = await tryPort(asked);
    if (port === undefined) throw portTaken(asked);
    return port;
  }
  const port = (last === undefined ? undefined : await tryPort(last)) ?? (await tryPort(0));
  if (port === undefined) throw new HostError('port-taken', 'this machine has no free port on 127.0.0.1');
  return port;
}

export function portTaken(port: number, cause?: unknown): HostError {
  return new HostError('port-taken', `port ${port} on 127.0.0.1 is taken or may not be used by you`, {
    cause,
  });
}
