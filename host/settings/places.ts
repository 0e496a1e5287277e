import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';

/** Where an administrator's files lie, and who must own them. */
export interface AdminPlaces {
  /** The first that has a document counts; registry.json lies beside it. */
  readonly folders: readonly string[];
  /** User id. Undefined: the system knows no owners and modes (Windows; there an ACL guards the folder). */
  readonly owner: number | undefined;
  /** Folders below this one are looked at, itself included; whoever can write above it owns the machine. */
  readonly root: string;
}

export const DOCUMENT = 'admin-settings.json';
/** Appended to the document's name, as minisign does. */
export const SIGNATURE = '.minisig';
/** `{"allowedOrgs": […]}`, as Docker documents it: https://docs.docker.com/enterprise/security/enforce-sign-in/ */
export const REGISTRY = 'registry.json';

/**
 * Docker Desktop's places, after one of ours on Linux. They are fixed: a variable of the user's environment must
 * not lead the launcher elsewhere.
 */
export function adminPlaces(platform: NodeJS.Platform = process.platform): AdminPlaces {
  if (platform === 'win32')
    return { folders: ['C:\\ProgramData\\DockerDesktop'], owner: undefined, root: 'C:\\' };
  const folders =
    platform === 'darwin'
      ? ['/Library/Application Support/com.docker.docker']
      : ['/etc/bulkhead', '/usr/share/docker-desktop'];
  return { folders, owner: 0, root: '/' };
}

/** Where the user's own settings lie: they lock nothing, and count for what is not locked. */
export function userSettingsFile(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env.XDG_CONFIG_HOME?.startsWith('/')
    ? env.XDG_CONFIG_HOME
    : join(env.HOME || homedir(), '.config');
  return join(base, 'bulkhead', 'settings.json');
}

/** `folder` and those around it, from `root` on. */
export function foldersTo(folder: string, { root, owner }: AdminPlaces): string[] {
  const { dirname } = owner === undefined ? win32 : posix;
  const up = [folder];
  for (let at = folder; at !== root && dirname(at) !== at; ) {
    at = dirname(at);
    up.unshift(at);
  }
  return up;
}
