import type { ServiceDefinition } from './definition.ts';

/**
 * The arguments of `launch` (init/launch/launch.c) that make it become `definition`.
 * @param passed how many descriptors it gets
 */
export function launchArguments(
  definition: ServiceDefinition,
  cgroup: string,
  passed = definition.descriptors?.length ?? 0,
): string[] {
  const { uid, gid, capabilities, oomScoreAdj, limits, noNewPrivileges, executable, args } = definition;
  const caps = capabilities === 'all' ? 'all' : capabilities.length === 0 ? 'none' : capabilities.join(',');
  return [
    ...['--cgroup', cgroup],
    ...['--uid', String(uid)],
    ...['--gid', String(gid)],
    ...['--caps', caps],
    ...['--oom', String(oomScoreAdj)],
    ...['--nofile', String(limits.openFiles)],
    ...(limits.processes === undefined ? [] : ['--nproc', String(limits.processes)]),
    ...(passed === 0 ? [] : ['--fds', String(passed)]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    ...(definition.executes === false ? ['--no-exec'] : []),
    '--',
    executable,
    ...args,
  ];
}
