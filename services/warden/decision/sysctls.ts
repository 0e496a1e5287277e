import { Refused, shown } from './refusal.ts';

/** Those of an IPC namespace (ipc_namespaces(7)), and the NIS domain of a UTS namespace, which dockerd sets so. */
const own = new Set(
  (
    'kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni ' +
    'kernel.shm_rmid_forced kernel.domainname'
  ).split(' '),
);
const PING = 'net.ipv4.ping_group_range';
const LAST_ID = 65_535;

/**
 * Kernel settings that belong to a namespace of the container.
 * @param joined types of namespaces that are another container's
 * @throws Refused (sysctl)
 */
export function decideSysctls(
  asked: Record<string, string> | undefined,
  joined: ReadonlySet<string>,
): Record<string, string> {
  const decided: [string, string][] = [];
  for (const [name, value] of Object.entries(asked ?? {})) {
    // crun takes either sign for a level (libcrun/linux.c, libcrun_set_sysctl)
    const dotted = name.replaceAll('/', '.');
    const network = /^net(\.[A-Za-z0-9_:@-]+)+$/.test(dotted);
    if (!network && !own.has(dotted) && !/^fs\.mqueue\.[a-z_]+$/.test(dotted))
      throw new Refused('sysctl', `sysctl ${shown(name)} is not allowed: it is not the container's own`);
    if (network && joined.has('network'))
      throw new Refused('sysctl', `sysctl ${shown(name)} is not allowed: the network is another container's`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: one write sets one value
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
      throw new Refused('sysctl', `sysctl ${shown(name)} has an impossible value`);
    decided.push([name, dotted === PING ? pingRange(value) : value]);
  }
  return Object.fromEntries(decided);
}

/** dockerd asks for all groups; the kernel takes only those that the user namespace has. */
function pingRange(value: string): string {
  const [, first, last] = /^(\d{1,10})\s+(\d{1,10})$/.exec(value.trim()) ?? [];
  if (first === undefined || last === undefined)
    throw new Refused('sysctl', `sysctl ${PING} has an impossible value`);
  return `${Math.min(Number(first), LAST_ID)} ${Math.min(Number(last), LAST_ID)}`;
}
