import type { Asked } from '../../harness/probes.ts';
import type { Outcome, Said } from '../attempt.ts';
import { alone, asks, inside, type Row } from '../row.ts';
import { start } from '../suite/start.ts';

const isolated = '(because they use the linux user-namespace for isolation)';
const namespaces = (names: string) =>
  new RegExp(`can't share namespaces \\[${names}\\] with the host \\(because`);
const network = /can't share a network namespace with the host \(because/;
const authorizer = 'the authorizer, and behind it the warden: namespaces of the VM are refused by name';

/** A container of its own that shares something with the VM, and what it then sees. */
const sharing = (host: Asked['host'], line: string, here: Said, stock: Said) =>
  alone({ host: { ...host } }, { seen: { line, here, stock } }, 'everything');

/** `0 BASE 65536`, and never the VM's own ids (docs/runtime.md). */
export const ownIds = /^0 +[1-9]\d{5,} +65536$/;
const vmIds = /^0 +0 +4294967295$/;
/** Of the VM: proc_ns's PROC_UTS_INIT_INO and PROC_IPC_INIT_INO (include/linux/proc_ns.h). */
const vmUts = 'uts:[4026531838]';
const vmIpc = 'ipc:[4026531839]';

const noRuntime = /unknown or invalid runtime name|failed to resolve runtime path|not allowed/;
const notThere = { same: 'the engine takes names that it was started with, and shims that are in its PATH' };
const runtimes: readonly [string, Said, Outcome['stock']][] = [
  ['io.containerd.runhcs.v1', noRuntime, notThere],
  ['/run/bulkhead/bin/containerd-shim-runc-v2', noRuntime, notThere],
  ['/run/bulkhead/libexec/crun', noRuntime, notThere],
  ['../crun', noRuntime, notThere],
  ['runc', ownIds, vmIds],
  ['io.containerd.runc.v2', ownIds, vmIds],
];

export const namespaceRows: readonly Row[] = [
  {
    id: '1',
    name: 'a shell in the VM by its PID 1',
    class: 'namespaces and flags',
    how: '`--privileged --pid=host`: `nsenter -t 1 -m -u -n -i ls /run/bulkhead`',
    expectation: `refused by name ${isolated}`,
    defence: authorizer,
    control: "the VM's own files are listed",
    tries: [
      sharing(
        { Privileged: true, PidMode: 'host' },
        'nsenter -t 1 -m -u -n -i /usr/libexec/bulkhead/busybox ls /run/bulkhead',
        namespaces('pid'),
        /^daemon\.json$/m,
      ),
    ],
  },
  {
    id: '2',
    name: "the VM's processes",
    class: 'namespaces and flags',
    how: '`--pid=host`: `ps`',
    expectation: 'refused by name',
    defence: authorizer,
    control: 'dockerd is listed',
    tries: [sharing({ PidMode: 'host' }, 'ps -o args', namespaces('pid'), /^\/usr\/sbin\/dockerd /m)],
  },
  {
    id: '3',
    name: "the VM's network",
    class: 'namespaces and flags',
    how: '`--network=host`: `ip addr`',
    expectation: 'refused by name',
    defence: authorizer,
    control: "the VM's card and its address are listed",
    tries: [sharing({ NetworkMode: 'host' }, 'ip -4 -o addr', network, /eth0 +inet 10\.0\.2\./)],
  },
  {
    id: '4',
    name: "the VM's shared memory and queues",
    class: 'namespaces and flags',
    how: '`--ipc=host`: `readlink /proc/self/ns/ipc`',
    expectation: 'refused by name',
    defence: authorizer,
    control: "it is the VM's own namespace",
    tries: [sharing({ IpcMode: 'host' }, 'readlink /proc/self/ns/ipc', namespaces('ipc'), vmIpc)],
  },
  {
    id: '5',
    name: "the VM's name",
    class: 'namespaces and flags',
    how: '`--uts=host --cap-add SYS_ADMIN`: `hostname taken`',
    expectation: 'refused by name',
    defence: authorizer,
    control: 'the VM has another name',
    tries: [
      sharing(
        { UTSMode: 'host', CapAdd: ['SYS_ADMIN'] },
        "sh -c 'readlink /proc/self/ns/uts; was=$(hostname); hostname taken && hostname; hostname $was'",
        namespaces('uts'),
        `${vmUts}\ntaken`,
      ),
    ],
  },
  {
    id: '6',
    name: "the VM's control groups",
    class: 'namespaces and flags',
    how: '`--cgroupns=host`: `cat /proc/self/cgroup`',
    expectation: 'a namespace of its own all the same: `0::/`',
    defence: 'the warden: each container has a cgroup namespace, whatever was asked for',
    control: 'the path of its group in the VM',
    tries: [
      inside('strong', {
        cgroup: { line: 'cat /proc/self/cgroup', here: '0::/', stock: /^0::\/.*[0-9a-f]{64}/ },
      }),
    ],
  },
  {
    id: '7',
    name: 'no user namespace',
    class: 'namespaces and flags',
    how: '`--userns=host`: `cat /proc/self/uid_map`',
    expectation: 'ids of its own all the same',
    defence: 'the warden: each container has a user namespace, whatever was asked for',
    control: "root of the container is the VM's root",
    tries: [inside('strong', { ids: { line: 'cat /proc/self/uid_map', here: ownIds, stock: vmIds } })],
  },
  {
    id: '8',
    name: "another container's network, and further",
    class: 'namespaces and flags',
    how: '`--network=container:B --cap-add NET_ADMIN`: `ip link add`, `ip addr`',
    expectation: "B's network and ids, nothing of the VM's",
    defence:
      'the warden: who joins a container joins its user namespace, which owns that network and no other',
    control: "B's network as well, as root of the VM",
    tries: [
      asks({
        'ids and cards in the network of another': {
          ask: (ground) =>
            start(
              ground,
              "cat /proc/self/uid_map; ip link add reach type dummy && ip link del reach; ip -4 -o addr | grep -c 'eth0.*10\\.0\\.2'",
              {
                host: { NetworkMode: `container:${ground.containers.plain}`, CapAdd: ['NET_ADMIN'] },
              },
            ),
          here: /^0 +[1-9]\d{5,} +65536\n0$/,
          stock: /^0 +0 +4294967295\n0$/,
        },
      }),
    ],
  },
  {
    id: '9',
    name: 'another runtime',
    class: 'namespaces and flags',
    how: '`--runtime=` `runc`, `io.containerd.runc.v2`, `io.containerd.runhcs.v1`, a path to the shim or to crun, `../crun`',
    expectation: 'refused, or isolated as the default is',
    defence:
      'the authorizer refuses paths; every name that the engine knows leads to the client of the warden',
    control: 'whatever name is taken leads to root of the VM',
    tries: runtimes.map(([Runtime, here, stock]) =>
      alone(
        { host: { Runtime } },
        { [`runtime ${Runtime}`]: { line: 'cat /proc/self/uid_map', here, stock } },
      ),
    ),
  },
  {
    id: '10',
    name: 'ids of two containers',
    class: 'namespaces and flags',
    how: '`cat /proc/self/uid_map` in five containers',
    expectation: 'ranges never overlap',
    defence: 'the warden, which reads from the kernel what is taken; the client locks what is being made',
    control: 'all have the same ids',
    tries: [
      asks({
        ranges: {
          ask: async ({ prober, containers }) => {
            const ids = Object.values(containers);
            const found = await Promise.all(ids.map((id) => prober.in(id, 'try map cat /proc/self/uid_map')));
            const first = found.map(({ map = '' }) => Number(map.split(/ +/)[1]));
            const apart = first.every((base, at) =>
              first.every((other, place) => place === at || Math.abs(other - base) >= 65_536),
            );
            return apart ? 'apart' : `overlapping: ${first.join(' ')}`;
          },
          here: 'apart',
          stock: /^overlapping: 0 0/,
        },
      }),
    ],
  },
  {
    id: '11',
    name: 'an id beyond its range',
    class: 'namespaces and flags',
    how: '`--user 70000`: `id -u`',
    expectation: 'a clear refusal',
    defence: 'the warden: ids end at 65535',
    control: 'it is that user',
    tries: [
      alone(
        { User: '70000' },
        {
          user: {
            line: 'id -u',
            here: /user 70000 is outside the container's id range \(0-65535\)/,
            stock: '70000',
          },
        },
      ),
    ],
  },
  {
    id: '12',
    name: 'a user namespace inside',
    class: 'namespaces and flags',
    how: 'by default: `unshare -Urmn`; with `seccomp=unconfined`: the same, then a setting of the VM is written',
    expectation: '`EPERM`; without a profile it is made, and has no more than its container',
    defence: "docker's profile; without it, user namespaces nest: root inside is nobody to the VM",
    control: 'without a profile, its root is owner of what belongs to root of the VM',
    tries: [
      inside('plain', {
        'unshare by default': {
          line: 'unshare -Urmn true',
          here: /Operation not permitted/,
          stock: { same: "docker's default profile refuses it, too" },
        },
      }),
      inside('strong', {
        'unshare without a profile': {
          line: "unshare -Urmn sh -c 'id -u; echo 60 > /proc/sys/vm/swappiness'",
          here: /^0\n.*(Permission denied|Read-only file system|can't create)/,
          stock: '0',
        },
      }),
    ],
  },
  {
    id: '13',
    name: 'namespaces inside a privileged container',
    class: 'namespaces and flags',
    how: '`--privileged`: `unshare -Urmpf --mount-proc` …',
    expectation: 'works, and reaches no more than its container: nothing of the VM is written or mounted',
    defence: "user namespaces nest: root inside has no power over what is the VM's",
    control: "the setting is written: root inside is the user that owns the VM's files",
    tries: [
      inside('privileged', {
        nested: {
          line: "unshare -Urmpf --mount-proc sh -c 'echo $$ $(id -u); echo 60 > /proc/sys/vm/swappiness; mount -t ext4 /dev/vdb /mnt'",
          here: /^1 0\n.*(Permission denied|Read-only file system|can't create)[\s\S]*(No such|not permitted|denied|are you root)/,
          stock: /^1 0\nmount: permission denied/,
        },
      }),
    ],
  },
];
