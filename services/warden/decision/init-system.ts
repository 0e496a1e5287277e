import { posix } from 'node:path';
import type { Mount, Process, Spec } from './spec.ts';

/** Whether the container runs systemd, which wants a writable cgroup and its own /run (systemd.io/CONTAINER_INTERFACE). */
export function isSystemd({ args: [program = ''] }: Process): boolean {
  return ['/sbin/init', '/usr/sbin/init'].includes(program) || posix.basename(program) === 'systemd';
}

/** The spec with what systemd needs, and what else is needed for it. Other specs stay as they are. */
export function forSystemd(spec: Spec): Spec {
  if (!isSystemd(spec.process)) return spec;
  const { env } = spec.process;
  const named = env.some((variable) => variable.startsWith('container='));
  const taken = (folder: string) =>
    spec.mounts.findIndex(({ destination }) => posix.normalize(destination).replace(/\/$/, '') === folder);
  const run = taken('/run');
  const added = [
    ...(run < 0 ? [temporary('/run')] : []),
    ...(taken('/run/lock') < 0 ? [temporary('/run/lock')] : []),
  ];
  return {
    ...spec,
    process: { ...spec.process, env: named ? env : [...env, 'container=docker'] },
    mounts: spec.mounts.toSpliced(run + 1, 0, ...added), // below what the spec has at /run, above what is in it
  };
}

/** systemd makes groups below the container's own. */
export function withWritableCgroup(type: string, options: string[]): string[] {
  return type === 'cgroup' ? ['rw', ...options.filter((option) => option !== 'ro')] : options;
}

function temporary(destination: string): Mount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=755'] };
}
