import { Refused, shown } from './refusal.ts';
import type { Mount } from './spec.ts';

/** Words of mount(8) that mean the same for all file systems. */
const flags = new Set(
  (
    'rw ro nosuid suid nodev dev noexec exec sync async dirsync atime noatime diratime nodiratime ' +
    'relatime norelatime strictatime nostrictatime defaults'
  ).split(' '),
);
const propagations = new Set('private rprivate slave rslave unbindable runbindable'.split(' '));
const id = '(0|[1-9]\\d{0,4})';
const octal = '[0-7]{1,5}';

/** Options with a value, by type of file system: the ones that dockerd and BuildKit write. */
const valued: Record<string, RegExp> = {
  proc: /^(hidepid=(0|1|2|4|off|noaccess|invisible|ptraceable)|subset=pid)$/,
  sysfs: /^$/,
  mqueue: /^$/,
  cgroup: /^$/,
  devpts: new RegExp(`^(newinstance|(ptmxmode|mode)=${octal}|(gid|uid)=${id}|max=\\d{1,7})$`),
  tmpfs: new RegExp(
    `^((size|nr_blocks|nr_inodes)=\\d{1,15}[kKmMgG%]?|mode=${octal}|(uid|gid)=${id}|huge=(never|always|within_size|advise)|inode(32|64))$`,
  ),
};

/** Kinds of file systems that crun may mount in the container's namespaces. */
export function isMountable(type: string): boolean {
  return Object.hasOwn(valued, type);
}

/**
 * The options of a file system that crun mounts, as asked. Propagation is dropped: the container's mounts are private.
 * @throws Refused (mounts) for a shared mount, and for a word that is not known
 */
export function mountOptions(type: string, { destination, options }: Mount): string[] {
  const pattern = valued[type];
  return options.filter((option) => {
    refuseShared(option, destination);
    if (propagations.has(option)) return false;
    if (flags.has(option) || (option !== '' && pattern?.test(option))) return true;
    throw unknownOption(option, destination);
  });
}

/** What a bind mount asks for. */
export interface BindFlags {
  readOnly: boolean;
  nosuid: boolean;
  noexec: boolean;
}

/** @throws Refused (mounts) */
export function bindFlags({ destination, options }: Mount): BindFlags {
  const asked: BindFlags = { readOnly: false, nosuid: false, noexec: false };
  for (const option of options) {
    refuseShared(option, destination);
    const plain = /^r(ro|rw|nosuid|suid|nodev|dev|noexec|exec)$/.exec(option)?.[1] ?? option; // recursive: `rro`
    if (!flags.has(plain) && !propagations.has(plain) && option !== 'bind' && option !== 'rbind')
      throw unknownOption(option, destination);
    if (plain === 'ro' || plain === 'rw') asked.readOnly = plain === 'ro';
    if (plain.endsWith('suid')) asked.nosuid = plain === 'nosuid';
    if (plain.endsWith('exec')) asked.noexec = plain === 'noexec';
  }
  return asked;
}

/** Mounts made later in one place would appear in the other. */
function refuseShared(option: string, destination: string): void {
  if (option === 'shared' || option === 'rshared')
    throw new Refused('mounts', `can't mount ${shown(destination)} with ${option} propagation`);
}

function unknownOption(option: string, destination: string): Refused {
  return new Refused('mounts', `mount option ${shown(option)} of ${shown(destination)} is not allowed`);
}
