import { kernelWords } from '../policy/kernel/command-line.ts';
import * as z from '../policy/zod.ts';
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
const settings: ReadonlySet<string> = new Set<SettingName>(['bulkhead.net', 'bulkhead.verity']);

/** Named at once: a command line can be long. */
const MOST_PROBLEMS = 10;

/**
 * Reads `/proc/cmdline`: the words of policy/kernel/command-line.ts, each once, and settings of the launcher.
 *
 * `bulkhead.net=ADDRESS/PREFIX,GATEWAY,NAMESERVER` (IPv4) or `bulkhead.net=dhcp` (the default).
 * `bulkhead.verity=…` is stage 0's: the root that this program runs from.
 *
 * Stage 0 has compared the line with the one that was signed with it (image/stage0/command_line.c). This is the second
 * look, of a program that the root hash vouches for; the kernel has acted on its words before either.
 *
 * @throws {BootError} `bad-command-line` for a word that is unknown, missing, repeated or malformed: a launcher's
 * mistake, or somebody's attempt, is never passed over.
 */
export function parseCommandLine(commandLine: string): BootSettings {
  const missing = new Set(kernelWords.map(({ word }) => word));
  const found = new Map<string, string>();
  const problems: string[] = [];
  for (const word of commandLine.split(/\s+/)) {
    if (word === '' || missing.delete(word)) continue;
    const [name = '', ...rest] = word.split('=');
    if (!settings.has(name)) problems.push(unknown(word, name));
    else if (found.has(name)) problems.push(`${name} is there twice`);
    found.set(name, rest.join('='));
  }
  for (const word of missing) problems.push(`${word} is missing`);
  if (problems.length > 0) throw bad(problems.slice(0, MOST_PROBLEMS).join('; '));
  return { network: parseNetwork(found.get('bulkhead.net') ?? 'dhcp') };
}

function unknown(word: string, name: string): string {
  if (kernelWords.some((listed) => listed.word === word)) return `${shown(word)} is there twice`;
  if (name.startsWith('bulkhead.')) return `${shown(name)} is not a setting of this version`;
  const listed = kernelWords.find((each) => each.word.split('=')[0] === name);
  if (listed !== undefined) return `${shown(word)} stands where this image has only ${listed.word}`;
  return `${shown(word)} is no word of this image`;
}

/** What stands in a log line, and not more of it than a line takes. */
function shown(word: string): string {
  return word.length > 80 ? `${word.slice(0, 80)}…` : word;
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
