import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFrom } from '../../harness/exec-from.ts';
import type { ContainerName } from '../containers.ts';
import { alone, asks, inside, proof, type Row } from '../row.ts';

/** What test/images/calls.c and /proc/self/status say in a container, as it is to stay: a file for each, and for the control. */
const golden = (container: string, where: string): string =>
  readFileSync(join(import.meta.dirname, '../golden', `${container}.${where}.txt`), 'utf8').trim();

const look =
  'sh -c \'grep -E "^(CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):" /proc/self/status; calls | tr " " "\\n" | grep . | sort\'';

const amicontained = (id: string, container: ContainerName, flags: string): Row => ({
  id,
  name: `capabilities and forbidden calls: ${flags}`,
  class: 'audits',
  how: `as amicontained looks: ${flags}`,
  expectation: `as in \`test/attempts/golden/${container}.here.txt\`: what is not listed there is not forbidden`,
  defence: "docker's profile, and the warden's rules that are added to any and to none",
  control: `as in \`test/attempts/golden/${container}.stock.txt\``,
  tries: [
    inside(container, {
      'capabilities and calls': {
        line: look,
        here: golden(container, 'here'),
        stock: golden(container, 'stock'),
      },
    }),
  ],
});

export const auditRows: readonly Row[] = [
  amicontained('A1', 'plain', 'no flags'),
  amicontained('A2', 'privileged', '`--privileged`'),
  amicontained('A3', 'strong', '`--cap-add ALL --security-opt seccomp=unconfined`'),
  {
    id: 'B5.20',
    name: 'shared propagation of mounts',
    class: 'audits',
    how: 'Docker Bench 5.20: `-v x:/mnt:rshared`',
    expectation: 'refused by name',
    defence: 'the warden: no mount of a container shows in the VM, and none of the VM in it',
    control: { untried: "the volume's mount is private there: the engine itself refuses it" },
    tries: [
      alone(
        { host: { Binds: ['attempts-shared:/mnt:rshared'] } },
        { propagation: { line: 'true', here: /propagation|rshared/, stock: { untried: 'see the control' } } },
      ),
    ],
  },
  {
    id: 'B5.23',
    name: '`docker exec --privileged`',
    class: 'audits',
    how: 'Docker Bench 5.23: `docker exec --privileged`: `/proc/self/oom_score_adj` −1000',
    expectation: 'all capabilities, in its own user namespace: `EACCES`',
    defence: "a process that is added has the container's user namespace and the warden's rules",
    control: 'it is never ended when memory is short',
    tries: [
      asks({
        'exec --privileged': {
          ask: ({ engine, containers }) =>
            execFrom(
              engine,
              containers.plain,
              ['sh', '-c', 'grep CapEff /proc/self/status; attempt oom-score -1000'],
              { Privileged: true },
            ),
          here: 'CapEff:\t000001ffffffffff\nerrno EACCES',
          stock: 'CapEff:\t000001ffffffffff\nok',
        },
      }),
    ],
  },
  {
    id: 'B5.25',
    name: "another control group's limits",
    class: 'audits',
    how: 'Docker Bench 5.25: `--cgroup-parent /bulkhead/init`',
    expectation: "below the engine's own group all the same, or refused",
    defence: "the warden: a group below the containers' group, whatever was asked for",
    control: 'it is in the group that it asked for',
    tries: [
      asks({
        '--cgroup-parent': {
          ask: async (ground) => {
            const { prober, engine } = ground;
            const refused = await prober.refusal({ host: { CgroupParent: '/taken' } });
            if (refused !== undefined) return refused;
            const id = await prober.start({ host: { CgroupParent: '/taken' } });
            const { State } = await engine.inspectContainer(id);
            const group = await ground.shell(`cat /proc/${State.Pid}/cgroup`);
            await prober.remove(id);
            return group.trim();
          },
          here: /not allowed|refused|^0::\/bulkhead\/containers\//,
          stock: /^0::\/taken\//,
        },
      }),
    ],
  },
  {
    id: 'B5.29',
    name: 'no limit of processes',
    class: 'audits',
    how: 'Docker Bench 5.29: `cat /sys/fs/cgroup/pids.max` without `--pids-limit`, and with `--pids-limit -1`',
    expectation: 'a number both times',
    defence: "the warden: the policy's limit where none is asked for",
    control: '`max`',
    tries: [
      alone(
        { host: { PidsLimit: -1 } },
        { '--pids-limit -1': { line: 'cat /sys/fs/cgroup/pids.max', here: /^\d+$/, stock: 'max' } },
      ),
    ],
  },
  {
    id: 'B5',
    name: 'the rest of Docker Bench, section 5',
    class: 'audits',
    how: "5.1 and 5.2 AppArmor, SELinux; 5.4 capabilities; 5.5 privileged; 5.6 sensitive folders; 5.10, 5.16, 5.17, 5.21 namespaces of the host; 5.18 devices; 5.22 seccomp; 5.26 new privileges; 5.30 docker0; 5.31 the host's user namespace; 5.32 the engine's socket",
    expectation:
      'these are tried as rows 1 to 7, 14 to 20, 22 to 32, 42 to 44, 57 and 58; no profile of AppArmor is loaded (SECURITY.md); 5.11 to 5.15, 5.19, 5.27 and 5.28 are what a user may choose',
    defence: 'see there',
    control: { untried: 'see there' },
    tries: [proof('test/boot/refusals.test.ts', '%s is refused by name')],
  },
];
