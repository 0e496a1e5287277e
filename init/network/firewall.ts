import { TLS_PORT } from '../../services/dockerd/configuration.ts';

/** Where the VM itself answers, now or in swarm mode (docs.docker.com/engine/swarm: open protocols and ports). */
const ownPorts = [
  { protocol: 'tcp', port: TLS_PORT },
  { protocol: 'tcp', port: 2377 },
  { protocol: 'tcp', port: 7946 },
  { protocol: 'udp', port: 7946 },
  { protocol: 'udp', port: 4789 },
] as const;

/** What leads out of the VM. */
export interface Uplink {
  card: string;
  /** IPv4; with QEMU's user network, the host's own loopback is behind it. */
  gateway: string | undefined;
}

/** The default route in /proc/net/route (Documentation/networking/proc_net_tcp.rst's neighbour; addresses as in tcp). */
export function defaultGateway(table: string, card: string): string | undefined {
  const row = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([name, destination, gateway]) => name === card && destination === '00000000' && gateway !== '00000000',
    );
  const gateway = row?.[2];
  if (gateway === undefined || !/^[0-9A-F]{8}$/i.test(gateway)) return undefined;
  return [...Buffer.from(gateway, 'hex').reverse()].join('.');
}

/**
 * What no container may reach, whatever network it is on: the VM's own ports, at any of its addresses; and the host by its
 * gateway, but for names. As input of iptables-restore. Pure. Ports that containers publish are not the VM's own.
 */
export function firewallRules(family: 'ipv4' | 'ipv6', { card, gateway }: Uplink): string {
  const input = [
    '-i lo -j RETURN',
    `-i ${card} -j RETURN`,
    '-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN',
    ...ownPorts.map(({ protocol, port }) => `-p ${protocol} -m ${protocol} --dport ${port} -j DROP`),
  ].map((rule) => `-A BULKHEAD-INPUT ${rule}`);
  // dockerd keeps a DOCKER-USER that is there, and puts it before its own (docs.docker.com/engine/network/packet-filtering-firewalls)
  const forward =
    family === 'ipv6' || gateway === undefined
      ? []
      : [
          // answers to who came from there to a published port
          `-A DOCKER-USER -d ${gateway}/32 -o ${card} -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN`,
          `-A DOCKER-USER -d ${gateway}/32 -o ${card} -p udp -m udp --dport 53 -j RETURN`,
          `-A DOCKER-USER -d ${gateway}/32 -o ${card} -p tcp -m tcp --dport 53 -j RETURN`,
          `-A DOCKER-USER -d ${gateway}/32 -o ${card} -j DROP`,
        ];
  return [
    '*filter',
    ':BULKHEAD-INPUT - [0:0]',
    ...(forward.length > 0 ? [':DOCKER-USER - [0:0]'] : []),
    ...input,
    ...forward,
    '-I INPUT -j BULKHEAD-INPUT',
    'COMMIT',
    '',
  ].join('\n');
}
