import type { ServiceDefinition } from './definition.ts';

/** The arguments of `launch` (init/launch/launch.c) that make it become `definition`. */
export function launchArguments(definition: ServiceDefinition, cgroup: string): string[] {
  const { uid, gid, capabilities, oomScoreAdj, limits, descriptors, noNewPrivileges, executable, args } =
    definition;
  const caps = capabilities === 'all' ? 'all' : capabilities.length === 0 ? 'none' : capabilities.join(',');
  return [
    ...['--cgroup', cgroup],
    ...['--uid', String(uid)],
    ...['--gid', String(gid)],
    ...['--caps', caps],
    ...['--oom', String(oomScoreAdj)],
    ...['--nofile', String(limits.openFiles)],
    ...(limits.processes === undefined ? [] : ['--nproc', String(limits.processes)]),
    ...(descriptors === undefined ? [] : ['--fds', String(descriptors.length)]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    ...(definition.executes === false ? ['--no-exec'] : []),
    '--',
    executable,
    ...args,
  ];
}
