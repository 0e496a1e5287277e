import { engineEndpoint } from '../../../host/engine/connect.ts';
import { rawRequest } from '../../harness/raw-request.ts';
import type { Outcome } from '../attempt.ts';
import { type Ask, alone, asks, inside, proof, type Row } from '../row.ts';
import type { Ground } from '../suite/ground.ts';
import { deniedCalls } from './capabilities.ts';
import { ownIds } from './namespaces.ts';
import { type RawRequest, rawRequests } from './requests.ts';

/** Milliseconds that an answer may take. */
const PATIENCE = 120_000;
const IMAGE = 'bulkhead-test/tools:latest';

const annotation = (name: string) =>
  alone(
    { host: { Annotations: { [name]: '1' } } },
    {
      [name]: {
        line: 'true',
        here: /annotation .*not allowed|is not allowed/,
        stock: { untried: 'plain runc acts on none of them: crun does' },
      },
    },
  );

/** docker's build, of one line. */
const build = (
  line: string,
  args: readonly string[],
  here: Outcome['here'],
  stock: Outcome['stock'],
): Ask => ({
  ask: async ({ docker }) => {
    const command = ['build', '--progress=plain', '--no-cache', ...args, '-'];
    const { stdout, stderr } = await docker.run(command, { input: `FROM ${IMAGE}\nRUN ${line}\n` });
    return stdout + stderr;
  },
  here,
  stock,
});

async function raw(ground: Ground, { text }: RawRequest): Promise<string> {
  const endpoint = await engineEndpoint(ground.vm.paths, await ground.vm.port());
  return (await rawRequest(endpoint, text, PATIENCE)).slice(0, 2000);
}

const unchanged = ['bpf prog-load', 'perf system', 'sched-fifo', 'open-by-handle /'] as const;

export const apiRows: readonly Row[] = [
  {
    id: '55',
    name: 'a filter of its own, by annotation',
    class: 'API and daemon',
    how: '`--annotation run.oci.seccomp_bpf_data=…`',
    expectation: 'refused by name',
    defence: 'the authorizer; the warden writes no annotation that crun acts on',
    control: { untried: 'plain runc acts on none of them: crun does' },
    tries: [annotation('run.oci.seccomp_bpf_data')],
  },
  {
    id: '56',
    name: 'other annotations that runtimes act on',
    class: 'API and daemon',
    how: '`--annotation` `run.oci.handler`, `run.oci.hooks.stdout`, `org.systemd.property.X`, `org.criu.config`',
    expectation: 'refused by name',
    defence: 'the authorizer; the warden writes no annotation that crun acts on',
    control: { untried: 'plain runc acts on none of them: crun does' },
    tries: ['run.oci.handler', 'run.oci.hooks.stdout', 'org.systemd.property.X', 'org.criu.config'].map(
      annotation,
    ),
  },
  {
    id: '57',
    name: 'no seccomp profile, and one that allows all',
    class: 'API and daemon',
    how: '`--cap-add ALL --security-opt seccomp=` `unconfined`, or a profile of `SCMP_ACT_ALLOW`',
    expectation: 'what no container may stays forbidden',
    defence: 'the warden adds its own rules to any profile, and to none',
    control: 'the calls get through',
    tries: [
      alone(
        {
          host: {
            CapAdd: ['ALL'],
            SecurityOpt: [`seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' })}`],
          },
        },
        Object.fromEntries(
          unchanged.flatMap((name) => (deniedCalls[name] ? [[name, deniedCalls[name]]] : [])),
        ),
      ),
    ],
  },
  {
    id: '58',
    name: 'security options that loosen',
    class: 'API and daemon',
    how: '`no-new-privileges=false`, `apparmor=unconfined`, all capabilities; `--privileged`: limits of its own control group raised',
    expectation: 'nothing that matters changes: denied',
    defence: "files of the container's group that are limits belong to the VM's root",
    control: 'the limit is written',
    tries: [
      inside('privileged', {
        'its limit of processes': {
          line: 'put /sys/fs/cgroup/pids.max max',
          here: /Permission denied|Read-only|can't create/,
          stock: '',
        },
      }),
      inside('strong', {
        'its limit, the group mounted anew': {
          line: "sh -c 'mkdir -p /groups && mount -t cgroup2 none /groups && echo max > /groups/pids.max'",
          here: /denied|Read-only|not permitted|can't create/,
          stock: { untried: "its group is the VM's root, which has no limit" },
        },
      }),
    ],
  },
  {
    id: '59',
    name: 'builds with more than they need',
    class: 'API and daemon',
    how: '`docker build --network=host`; `RUN --security=insecure`; `RUN --device`',
    expectation: 'refused by name',
    defence: 'the warden judges what BuildKit starts as it judges containers; BuildKit refuses the rest',
    control: "with `--network=host` a step sees the VM's card",
    tries: [
      asks({
        'build --network': build(
          'ip -4 -o addr',
          ['--network=host', '--allow', 'network.host'],
          /can't share a network namespace with the host/,
          /eth0 +inet 10\.0\.2\./,
        ),
        'RUN --security': build(
          '--security=insecure id',
          ['--allow', 'security.insecure'],
          /security\.insecure is not allowed|unknown flag/,
          { same: 'the engine was not started with it' },
        ),
        'RUN --device': build('--device=/dev/vda id', [], /unknown flag|not allowed|unknown/, {
          same: 'this version does not know it',
        }),
      }),
      proof('test/boot/build.test.ts', 'the entitlement security.insecure is refused'),
    ],
  },
  {
    id: '60',
    name: 'a managed plugin',
    class: 'API and daemon',
    how: '`docker plugin create`, as `docker plugin install --grant-all-permissions` does in the end',
    expectation: 'refused by name of the setting',
    defence: 'the authorizer: plugins run outside of the runtime layer',
    control: 'it is made',
    tries: [
      asks({
        'plugin create': {
          ask: async ({ engine }) => {
            const { status, body } = await engine.request('POST', '/plugins/pull?remote=x/y', { body: [] });
            return `${status} ${body}`;
          },
          here: /403 .*managed plugins are not allowed/s,
          // it is gone for, and not had: there is no registry
          stock: /^(500|404) /,
        },
      }),
      proof('test/boot/ways-in.test.ts', 'a managed plugin is refused, by name of the rule and its setting'),
    ],
  },
  {
    id: '61',
    name: "a swarm's service with the VM's root",
    class: 'API and daemon',
    how: '`docker service create --mount type=bind,source=/,target=/h`',
    expectation: 'refused by name, whether there is a swarm or not',
    defence: 'the authorizer judges services as containers; the warden sees the task',
    control: {
      untried: 'the engine wants no swarm while containers are to go on without it (`live-restore`)',
    },
    tries: [
      asks({
        'service create': {
          ask: async ({ engine }) => {
            const mount = { Type: 'bind', Source: '/', Target: '/h' };
            const body = { Name: 'x', TaskTemplate: { ContainerSpec: { Image: IMAGE, Mounts: [mount] } } };
            const { status, body: said } = await engine.request('POST', '/services/create', { body });
            return `${status} ${said}`;
          },
          here: /^403 .*can't mount \/ because it's configured as a restricted host mount/s,
          stock: { untried: 'see the control' },
        },
      }),
      proof('test/boot/ways-in.test.ts', 'a task of a swarm, with a secret and a config'),
    ],
  },
  {
    id: '62',
    name: 'variables that runtimes read',
    class: 'API and daemon',
    how: '`-e` `LD_PRELOAD`, `LISTEN_FDS`, `XDG_RUNTIME_DIR`, `_LIBCRUN_…`, `SYSBOX_…`',
    expectation: 'nothing changes: ids of its own',
    defence: 'the client gives crun no environment; the container has its own',
    control: 'as without them: root of the VM',
    tries: [
      alone(
        {
          Env: [
            'PATH=/bin',
            'LD_PRELOAD=/lib/x.so',
            'LISTEN_FDS=3',
            'XDG_RUNTIME_DIR=/proc/1/root',
            '_LIBCRUN_NO_USERNS=1',
            'SYSBOX_ALLOW_TRUSTED_XATTR=TRUE',
            'SYSBOX_IGNORE_SYSFS_CHOWN=FALSE',
          ],
        },
        { ids: { line: 'cat /proc/self/uid_map', here: ownIds, stock: /^0 +0 +4294967295$/ } },
      ),
    ],
  },
  {
    id: '63',
    name: 'requests that docker does not write',
    class: 'API and daemon',
    how: 'byte by byte: no length, chunks, other types, more than 1 MiB, odd addresses, members in another case',
    expectation: 'refused, and no container is made',
    defence: 'the authorizer reads an address and a body as dockerd does, strictly, or refuses it',
    control: 'containers with the namespaces of the VM are made',
    tries: [
      asks(
        Object.fromEntries(
          rawRequests(IMAGE).map((request) => [
            request.title,
            { ask: (ground: Ground) => raw(ground, request), here: request.here, stock: request.stock },
          ]),
        ),
      ),
      proof('test/boot/api.test.ts', 'none was made'),
    ],
  },
];
