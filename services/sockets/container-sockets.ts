import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipe } from './pipe.ts';
import { CONTAINER_ID, socketOf } from './places.ts';

/** What the sockets of containers depend on. */
export interface Surroundings {
  /** For the sockets' files. */
  folder: string;
  /** Folder with a control group for each container that runs, by its id. */
  cgroups: string;
  /** A connection to the engine as this container, half-open; called once the container has connected. */
  connectAs(id: string): () => Duplex;
  /** Milliseconds; it only has to go forward. */
  now(): number;
}

/** dockerd gives a container that it could not start up at once, and one that starts has its control group in seconds. */
const EXPECTED_WITHIN_MS = 10 * 60_000;
/** One that an earlier run was asked for, and that has no container now: most probably that has ended meanwhile. */
const ADOPTED_WITHIN_MS = 60_000;
const MOST_CONNECTIONS = 256;
const MOST_OVERALL = 2048;

interface Open {
  server: Server;
  connections: Set<Socket>;
  /** When it is given up if no container has begun. */
  expires: number;
  /** Whether its control group has been seen. */
  alive: boolean;
}

/** A listening socket for each container that may have one; it ends with the container. */
export class ContainerSockets {
  readonly #surroundings: Surroundings;
  readonly #open = new Map<string, Open>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Resolves when a container can connect. What an earlier run of it had is closed. @throws {RangeError} when it is no id */
  async open(id: string): Promise<void> {
    if (!CONTAINER_ID.test(id)) throw new RangeError('this is no id of a container');
    this.#close(id);
    const path = socketOf(id, this.#surroundings.folder);
    rmSync(path, { force: true });
    await this.#listen(id, { path }, EXPECTED_WITHIN_MS);
    chmodSync(path, 0o660); // the container's root and its group 0, as the engine's own socket
  }

  /** Goes on with one that another run of this program opened. @param fd it is listened on already */
  adopt(id: string, fd: number): Promise<void> {
    return this.#listen(id, { fd }, ADOPTED_WITHIN_MS);
  }

  /** Closes the sockets of containers that have ended. Call it every second or so. */
  sweep(): void {
    const { now } = this.#surroundings;
    for (const [id, open] of this.#open) {
      if (this.#runs(id)) open.alive = true;
      else if (open.alive || now() > open.expires) this.#close(id);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  #listen(id: string, where: { path: string } | { fd: number }, within: number): Promise<void> {
    const { connectAs, now } = this.#surroundings;
    const connect = connectAs(id);
    const connections = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      this.#accept(id, connections, socket, connect),
    );
    server.maxConnections = MOST_CONNECTIONS;
    this.#open.set(id, { server, connections, expires: now() + within, alive: false });
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, resolve);
    });
  }

  #accept(id: string, connections: Set<Socket>, socket: Socket, connect: () => Duplex): void {
    socket.on('error', () => undefined); // pipe() closes both
    const overall = [...this.#open.values()].reduce((sum, each) => sum + each.connections.size, 0);
    if (!this.#runs(id) || overall >= MOST_OVERALL) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    pipe(socket, connect());
  }

  #runs(id: string): boolean {
    return existsSync(`${this.#surroundings.cgroups}/${id}`);
  }

  #close(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    open.server.close();
    for (const socket of open.connections) socket.destroy();
    rmSync(socketOf(id, this.#surroundings.folder), { force: true });
  }
}
