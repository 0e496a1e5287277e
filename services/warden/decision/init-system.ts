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
  const taken = new Set(spec.mounts.map(({ destination }) => posix.normalize(destination)));
  const added = ['/run', '/run/lock'].filter((folder) => !taken.has(folder)).map(temporary);
  return {
    ...spec,
    process: { ...spec.process, env: named ? env : [...env, 'container=docker'] },
    mounts: [...added, ...spec.mounts],
  };
}

/** systemd makes groups below the container's own. */
export function withWritableCgroup(type: string, options: string[]): string[] {
  return type === 'cgroup' ? ['rw', ...options.filter((option) => option !== 'ro')] : options;
}

function temporary(destination: string): Mount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=755'] };
}
