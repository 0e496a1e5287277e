import type { Asked } from '../harness/probes.ts';
import type { Where } from './attempt.ts';

const volumes = ['attempts:/ro:ro', 'attempts-rw:/rw'];

/**
 * Containers that run through the whole suite, so that one start carries many attempts. `/ro` and `/rw` are volumes; a
 * `/tmp` of its own has the folders `copy` and `tree`.
 */
const asked = {
  /** As `docker run` makes it. */
  plain: {},
  /** The same, and nothing is tried in it: what others could do to it is looked at. */
  bystander: {},
  privileged: {
    host: { Privileged: true, Binds: volumes, Tmpfs: { '/tmp': '' } },
  },
  /** All that can be asked for but `--privileged`. */
  strong: {
    host: {
      CapAdd: ['ALL'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'no-new-privileges=false'],
      ...{ MaskedPaths: [], ReadonlyPaths: [] }, // --security-opt systempaths=unconfined
      ...{ CgroupnsMode: 'host', UsernsMode: 'host' },
    },
  },
  /** The root read-only, and everything else. */
  sealed: { host: { Privileged: true, ReadonlyRootfs: true, Binds: volumes, Tmpfs: { '/tmp': '' } } },
  /** What is refused here flag by flag: in the control one container has it all. */
  everything: {
    host: {
      Privileged: true,
      ...{ PidMode: 'host', NetworkMode: 'host', IpcMode: 'host', UTSMode: 'host' },
      Binds: ['/:/vm', '/run:/vm-run', '/var/lib/docker:/vm-docker'],
    },
  },
} as const satisfies Record<string, Asked>;

export type ContainerName = keyof typeof asked;

export const containers: Readonly<Record<ContainerName, Asked>> = asked;

export function containerNames(where: Where): ContainerName[] {
  const names = Object.keys(asked) as ContainerName[];
  return names.filter((name) => where === 'stock' || name !== 'everything');
}
