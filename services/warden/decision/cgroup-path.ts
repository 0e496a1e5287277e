import { CONTAINERS_CGROUP } from '../../dockerd/configuration.ts';
import { Refused, shown } from './refusal.ts';

/**
 * Where the container's cgroup is: what dockerd or BuildKit asks for, below the engine's part of the tree. By itself
 * dockerd asks for a place there (`cgroup-parent`); with `--cgroup-parent` for another, which is put below it.
 * @throws Refused (cgroup)
 */
export function cgroupPath(asked: string | undefined, id: string): string {
  const all = (asked ?? '').split('/').filter((component) => component !== '');
  // With a colon it is the form for systemd, `slice:prefix:name`, which there is none of in the VM.
  const odd = all.find((component) => !/^(?!\.{1,2}$)[\w.@+-]{1,255}$/.test(component));
  if (odd !== undefined || all.length > 16)
    throw new Refused('cgroup', `cgroup ${shown(asked ?? '')} is not allowed`);
  const parent = CONTAINERS_CGROUP.split('/').filter((component) => component !== '');
  const isBelow = parent.every((component, index) => all[index] === component);
  const components = isBelow ? all.slice(parent.length) : all;
  return [CONTAINERS_CGROUP, ...(components.length === 0 ? [id] : components)].join('/');
}
