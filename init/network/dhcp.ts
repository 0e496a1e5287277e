import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { limitsOf } from '../../services/cgroup-limits.ts';
import type { ServiceDefinition } from '../../services/supervisor/definition.ts';
import { LAUNCH } from '../../services/supervisor/executables.ts';
import { runVerified } from '../executables/run.ts';
import { BootError } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { poll } from '../poll.ts';

const DHCPCD = '/usr/sbin/dhcpcd';
const LEASE_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/** What DHCP gave. */
export interface Lease {
  address: string;
  nameServers: string[];
}

/** dhcpcd keeps the lease; no hook scripts, as there is nothing to run them. Its folder is on the data disk. */
export function dhcpDefinition(card: string): ServiceDefinition {
  return {
    name: 'dhcp',
    executable: DHCPCD,
    args: ['-4', '-B', '--noipv4ll', '--script', '', '--config', '/dev/null', card],
    env: {},
    requires: [],
    after: [],
    readiness: { kind: 'started' },
    restart: 'always',
    uid: 0,
    gid: 0,
    capabilities: 'all',
    noNewPrivileges: true,
    oomScoreAdj: -500,
    limits: { openFiles: 256, processes: 32 },
    cgroup: limitsOf('dhcp'),
    timeouts: { start: 60_000, stop: 5_000 },
    stopSignal: 'SIGTERM',
    leftovers: 'kill',
    delegate: false,
  };
}

/** Starts dhcpcd as a service and waits for its first lease. @throws {BootError} `no-network` */
export async function leaseAddress(machine: Machine, card: string): Promise<Lease> {
  const { executables, supervisor, clock } = machine;
  await executables.verify([LAUNCH, DHCPCD], 1);
  mkdirSync('/var/lib/dhcpcd', { recursive: true, mode: 0o700 });
  supervisor.start([dhcpDefinition(card)]);
  const look = () => networkInterfaces()[card]?.find(({ family }) => family === 'IPv4')?.address;
  const address = await poll(look, { clock, timeout: LEASE_TIMEOUT_MS, interval: POLL_MS });
  if (address === undefined) throw new BootError('no-network', `${card} got no address from DHCP`);
  return { address, nameServers: await leasedNameServers(machine, card) };
}

async function leasedNameServers({ executables }: Machine, card: string): Promise<string[]> {
  const { output } = await runVerified(executables, DHCPCD, ['-4', '-U', card], 10_000);
  return parseNameServers(output);
}

/** `domain_name_servers='10.0.2.3 10.0.2.4'` of `dhcpcd -U` (dhcpcd(8)). Pure. */
export function parseNameServers(dump: string): string[] {
  const value = /^(?:new_)?domain_name_servers='?([^'\n]*)'?$/m.exec(dump)?.[1] ?? '';
  return value.split(' ').filter((word) => /^\d{1,3}(\.\d{1,3}){3}$/.test(word));
}
