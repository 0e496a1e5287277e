import { Refused, shown } from './refusal.ts';

/** The engine's part of the tree. */
export const CONTAINERS = '/bulkhead/containers';

/**
 * Where the container's cgroup is: what dockerd or BuildKit asks for (`/docker/ID`, with `--cgroup-parent` another
 * folder), below the engine's part of the tree.
 * @throws Refused (cgroup)
 */
export function cgroupPath(asked: string | undefined, id: string): string {
  const components = (asked ?? '').split('/').filter((component) => component !== '');
  if (components.length === 0) components.push(id);
  // With a colon it is the form for systemd, `slice:prefix:name`, which there is none of in the VM.
  const odd = components.find((component) => !/^(?!\.{1,2}$)[\w.@+-]{1,255}$/.test(component));
  if (odd !== undefined || components.length > 16)
    throw new Refused('cgroup', `cgroup ${shown(asked ?? '')} is not allowed`);
  return `${CONTAINERS}/${components.join('/')}`;
}
