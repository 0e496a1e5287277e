/** A descriptor of PID 1 that a service gets when it starts, by a name that tells the service what it is. */
export interface Inherited {
  name: string;
  descriptor: number;
}

/** The first one's number in the service, after standard input, output and error: SD_LISTEN_FDS_START (sd_listen_fds(3)). */
const FIRST = 3;
const NAMES = 'LISTEN_FDNAMES';

/** How a service learns of them, as with systemd: sd_listen_fds_with_names(3). @param before descriptors ahead of these */
export function inheritedVariables(names: readonly string[], before = 0): Record<string, string> {
  if (names.length === 0) return {};
  return { [NAMES]: [...Array.from({ length: before }, () => ''), ...names].join(':') };
}

/** The other side: what this process was started with. */
export function inheritedFrom(env: NodeJS.ProcessEnv): Inherited[] {
  const names = env[NAMES]?.split(':') ?? [];
  return names.flatMap((name, index) => (name === '' ? [] : [{ name, descriptor: FIRST + index }]));
}
