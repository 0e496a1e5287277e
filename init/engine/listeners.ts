import { readFileSync } from 'node:fs';
import { TLS_PORT } from '../../services/dockerd/configuration.ts';

/** A listening TCP socket of the VM's own network namespace. */
export interface Listener {
  /** as /proc/net writes it: hexadecimal, host byte order per 32 bits */
  address: string;
  port: number;
}

/** TCP_LISTEN: include/net/tcp_states.h */
const LISTEN = '0A';

/** Rows of /proc/net/tcp or tcp6 that listen (Documentation/networking/proc_net_tcp.rst). Pure. */
export function parseListeners(table: string): Listener[] {
  return table
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return { address, port: Number.parseInt(port, 16) };
    });
}

/** Before any container runs, only the engine's TLS port may listen. Pure. */
export function insecureListeners(listeners: readonly Listener[]): string[] {
  return listeners.filter(({ port }) => port !== TLS_PORT).map(({ address, port }) => `${address}:${port}`);
}

export function readListeners(): Listener[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => parseListeners(readFileSync(path, 'utf8')));
}
