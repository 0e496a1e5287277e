import * as z from 'zod';
import { BootError } from './failure.ts';

const ipv4 = z.ipv4();

/** How the VM gets its address. */
export type NetworkSetting =
  | { kind: 'static'; address: string; prefix: number; gateway: string; nameServer: string }
  | { kind: 'dhcp' };

/** What a launcher may say on the kernel's command line. */
export interface BootSettings {
  network: NetworkSetting;
}

type SettingName = 'bulkhead.net' | 'bulkhead.verity';
const known: ReadonlySet<string> = new Set<SettingName>(['bulkhead.net', 'bulkhead.verity']);

/**
 * Reads the `bulkhead.*` words of `/proc/cmdline`; other words are the kernel's.
 *
 * `bulkhead.net=ADDRESS/PREFIX,GATEWAY,NAMESERVER` (IPv4) or `bulkhead.net=dhcp` (the default).
 * `bulkhead.verity=…` is stage 0's: the root that this program runs from.
 *
 * @throws {BootError} `bad-command-line` for a word that is unknown, repeated or malformed: a launcher's
 * mistake, or somebody's attempt, is never passed over.
 */
export function parseCommandLine(commandLine: string): BootSettings {
  const found = new Map<string, string>();
  for (const word of commandLine.split(/\s+/)) {
    if (!word.startsWith('bulkhead.')) continue;
    const [name = '', ...rest] = word.split('=');
    if (!known.has(name)) throw bad(`${name} is not a setting of this version`);
    if (found.has(name)) throw bad(`${name} is there twice`);
    found.set(name, rest.join('='));
  }
  return { network: parseNetwork(found.get('bulkhead.net') ?? 'dhcp') };
}

function parseNetwork(value: string): NetworkSetting {
  if (value === 'dhcp') return { kind: 'dhcp' };
  const [addressAndPrefix = '', gateway, nameServer, ...more] = value.split(',');
  const [address, prefixText = '', ...extra] = addressAndPrefix.split('/');
  const prefix = /^\d{1,2}$/.test(prefixText) ? Number(prefixText) : -1;
  const addresses = z.tuple([ipv4, ipv4, ipv4]).safeParse([address, gateway, nameServer]);
  if (!addresses.success || prefix < 1 || prefix > 32 || more.length > 0 || extra.length > 0) {
    throw bad(`bulkhead.net=${value} is neither dhcp nor ADDRESS/PREFIX,GATEWAY,NAMESERVER`);
  }
  return {
    kind: 'static',
    address: addresses.data[0],
    prefix,
    gateway: addresses.data[1],
    nameServer: addresses.data[2],
  };
}

function bad(message: string): BootError {
  return new BootError('bad-command-line', message);
}
