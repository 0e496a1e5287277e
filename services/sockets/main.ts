/**
 * Sockets of the engine for containers whose image may have one (dockerSocketMount). Each container gets a socket of its
 * own, and behind it a connection to the engine's TLS port with a certificate that names the container: what it may ask
 * for is the authorizer's to say, request by request. Bytes go through as they are.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { issueClient, issuerFrom } from '../../policy/certificates/issue.ts';
import { containerSubject, INNER_AUTHORITY } from '../../policy/runtime/inner.ts';
import { returnMemory } from '../return-memory.ts';
import { inheritedFrom } from '../supervisor/inherited.ts';
import { ContainerSockets } from './container-sockets.ts';
import { openDoor } from './door.ts';
import { containerOf } from './places.ts';

returnMemory();

/** How often ended containers are looked for, milliseconds. */
const SWEEP_MS = 1_000;

const [door, folder, cgroups, innerKey, hostAuthority, port] = process.argv.slice(2);
if (
  door === undefined ||
  folder === undefined ||
  cgroups === undefined ||
  innerKey === undefined ||
  hostAuthority === undefined ||
  port === undefined
)
  throw new Error('usage: sockets DOOR FOLDER CGROUPS INNER-KEY HOST-AUTHORITY PORT');

const sockets = new ContainerSockets({
  folder,
  cgroups,
  now: () => performance.now(),
  connectAs: (id) => {
    const issuer = issuerFrom(INNER_AUTHORITY, readFileSync(innerKey, 'utf8'));
    // in memory only, and only as long as this function is: the container's end is its end
    const { certificate, key } = issueClient(issuer, containerSubject(id), randomBytes(16), Date.now());
    const ca = readFileSync(hostAuthority, 'utf8');
    const options = {
      host: '127.0.0.1',
      port: Number(port),
      ca,
      cert: certificate,
      key,
      allowHalfOpen: true,
    };
    return () => connect(options).setNoDelay(true);
  },
});

// of the run before this one: PID 1 has kept them (init/kept-sockets/)
for (const { name, descriptor } of inheritedFrom(process.env)) {
  try {
    await sockets.adopt(containerOf(name), descriptor);
  } catch (error) {
    console.error(`${name} is lost: ${error instanceof Error ? error.message : String(error)}`);
  }
}
setInterval(() => sockets.sweep(), SWEEP_MS);
openDoor(
  door,
  async (id) => {
    await sockets.open(id);
    console.log(`container ${id.slice(0, 12)} has a socket of the engine`);
  },
  () => console.log('ready'),
);
