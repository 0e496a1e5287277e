import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { otherOutcomes, scriptOf } from '../attempts/attempt.ts';
import { deniedCalls, log } from '../attempts/rows/capabilities.ts';
import { disks } from '../attempts/rows/devices.ts';
import { fileSystems, settings } from '../attempts/rows/proc.ts';
import { type Found, inParallel, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const stockVm = share('stock');
let prober: Prober;

const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const identity = `
try uid_map cat /proc/self/uid_map
try gid_map cat /proc/self/gid_map
try cgroup cat /proc/self/cgroup
try caps grep CapEff /proc/self/status
for ns in ${namespaces.join(' ')}; do try ns-$ns readlink /proc/1/ns/$ns; done
`;

const attempts = scriptOf(deniedCalls);
/** By a container with all capabilities: file systems and disks of the VM, its messages, its settings. */
const deniedMounts = { ...fileSystems, ...disks, ...log, ...settings };

/** Of the VM as a whole: not to be written to, and unchanged after the attempts. */
const shared = [
  '/proc/sys/kernel/threads-max',
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/kernel/panic',
  '/proc/sys/kernel/sysrq',
  '/proc/sys/vm/swappiness',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/fs/pipe-max-size',
  '/proc/sys/fs/suid_dumpable',
  '/sys/block/vda/queue/read_ahead_kb',
  '/sys/devices/system/cpu/cpu1/online',
  '/sys/kernel/uevent_helper',
  '/sys/kernel/mm/transparent_hugepage/enabled',
];
const read = shared.map((path) => `if [ -e ${path} ]; then try read-${path} cat ${path}; fi`).join('\n');
const write = [...shared, '/proc/sys/vm/drop_caches', '/proc/sysrq-trigger']
  .map((path) => `if [ -e ${path} ]; then try write-${path} put ${path} 1; fi`)
  .join('\n');

const strong = `${attempts}
${write}
${scriptOf(deniedMounts)}
try symbols sh -c "grep -vc '^0* ' /proc/kallsyms"
try forward put /proc/sys/net/ipv4/ip_forward 0
try shm put /proc/sys/kernel/shmmax 4096
try nested unshare -Urmpf --mount-proc sh -c 'echo $$ $(id -u) $(ps -o comm | grep -c docker-init)'
try hostname hostname mine
try keys cat /proc/keys
try beneath attempt openat2-beneath /proc/sys net/ipv4/ip_forward
`;

/** Found in two containers that run at the same time, and in others. */
let plain: Found;
let privileged: Found;
let unconfined: Found;
let joined: Found;
let before: Found;
let after: Found;
let ids: string[] = [];

beforeAll(async () => {
  prober = await Prober.open(await vm.engine());
  ids = await Promise.all([
    prober.start({ host: { IpcMode: 'shareable' } }),
    prober.start({ host: { Privileged: true } }),
    prober.start({
      host: {
        CapAdd: ['ALL'],
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        ...{ MaskedPaths: [], ReadonlyPaths: [] }, // --security-opt systempaths=unconfined
        ...{ CgroupnsMode: 'host', UsernsMode: 'host' },
      },
    }),
  ]);
  const [one = '', two = '', three = ''] = ids;
  before = await prober.in(one, read);
  const more = [
    async () => {
      plain = await prober.in(
        one,
        `${identity}${attempts}\n${write}
try dev ls /dev
try unshare unshare -Urmn true
try keys cat /proc/keys
try hidden sh -c 'cat /proc/kcore /proc/timer_list /proc/interrupts /proc/acpi/* /sys/firmware/* 2>/dev/null | wc -c'
`,
      );
    },
    async () => {
      privileged = await prober.in(two, `${identity}${strong}\ntry dev find /dev -type c -o -type b`);
    },
    async () => {
      unconfined = await prober.in(three, `${identity}${strong}`);
    },
    async () => {
      joined = await prober.run(identity, {
        host: { NetworkMode: `container:${one}`, PidMode: `container:${one}`, IpcMode: `container:${one}` },
      });
    },
  ];
  await inParallel(more, 3, (find) => find());
  after = await prober.in(
    one,
    `${read}\ntry forward cat /proc/sys/net/ipv4/ip_forward\ntry hostname hostname`,
  );
});
afterAll(() => prober.remove(...ids));

describe('identity', () => {
  test('a container has one range of ids of its own, whatever it asks for', () => {
    const bases = [plain, privileged, unconfined].map(({ uid_map = '', gid_map }) => {
      expect(uid_map).toMatch(/^0 +\d+ +65536$/);
      expect(gid_map).toBe(uid_map);
      return Number(uid_map.split(/ +/)[1]);
    });
    expect(new Set(bases).size).toBe(bases.length);
    for (const base of bases) {
      expect(base).toBeGreaterThanOrEqual(100_000);
      expect((base - 100_000) % 65_536).toBe(0);
    }
  });

  test('no namespace of one container is that of another', () => {
    for (const name of namespaces) {
      const seen = [plain, privileged, unconfined].map((each) => each[`ns-${name}`]);
      expect(new Set(seen).size, `${name}: ${seen}`).toBe(3);
      for (const link of seen) expect(link).toMatch(/^\w+:\[\d+\]$/);
    }
  });

  test('a container that joins another has its range and its namespaces', () => {
    expect(joined.uid_map).toBe(plain.uid_map);
    for (const name of ['net', 'pid', 'ipc', 'user']) expect(joined[`ns-${name}`]).toBe(plain[`ns-${name}`]);
  });

  test('its control group is the root of what it sees, also with --cgroupns=host', () => {
    for (const each of [plain, privileged, unconfined]) expect(each.cgroup).toBe('0::/');
  });

  test('it has the usual capabilities, or all', () => {
    expect(plain.caps).toBe('CapEff:\t00000000a80425fb');
    expect(privileged.caps).toBe('CapEff:\t000001ffffffffff');
    expect(unconfined.caps).toBe('CapEff:\t000001ffffffffff');
  });
});

describe.each<[string, () => Found]>([
  ['by default', () => plain],
  ['when privileged', () => privileged],
  ['with all capabilities and no profile', () => unconfined],
])('%s', (_, of) => {
  test('the kernel refuses what no container may do', () => {
    expect(otherOutcomes(deniedCalls, of(), 'here')).toEqual([]);
  });

  test('what belongs to the VM cannot be written', () => {
    const said = Object.entries(of()).filter(([name]) => name.startsWith('write-'));
    expect(said.length).toBeGreaterThan(10);
    for (const [name, value] of said) expect(`${name}: ${value}`).toMatch(/Permission denied|Read-only file/);
  });
});

describe('privileged, or with all capabilities', () => {
  test.each<[string, () => Found]>([
    ['privileged', () => privileged],
    ['all capabilities', () => unconfined],
  ])('%s: no disk, file system, message or setting of the VM can be had', (_, of) => {
    expect(otherOutcomes(deniedMounts, of(), 'here')).toEqual([]);
  });

  test('addresses of the kernel and keys of others are out of sight', () => {
    for (const each of [privileged, unconfined]) {
      expect(each.symbols).toMatch(/^0/);
      for (const line of (each.keys ?? '').split('\n').filter(Boolean)) expect(line.split(/ +/)[5]).toBe('0');
    }
  });

  test('settings of its own namespaces are writable, and private', () => {
    for (const each of [privileged, unconfined]) {
      expect(each.forward).toBe('');
      expect(each.shm).toBe('');
      expect(each.hostname).toBe('');
      expect(each.beneath).toBe('ok');
    }
    expect(after.forward).toBe('1');
    expect(after.hostname).not.toBe('mine');
  });

  test('a namespace in a namespace works: unshare -Urmpf --mount-proc', () => {
    expect(privileged.nested).toBe('1 0 0');
  });

  test('/dev is short', () => {
    const names = (privileged.dev ?? '').split('\n').map((path) => path.replace('/dev/', ''));
    const known = ['full', 'fuse', 'net/tun', 'null', 'pts/ptmx', 'random', 'tty', 'urandom', 'zero'];
    expect(names.filter((name) => !/^pts\/\d+$/.test(name)).sort()).toEqual(known);
  });
});

describe('by default', () => {
  test('no new user namespace can be made', () => {
    expect(plain.unshare).toContain('Operation not permitted');
  });

  test('/dev has what every container needs and no more', () => {
    const links = ['core', 'fd', 'ptmx', 'stderr', 'stdin', 'stdout'];
    const folders = ['mqueue', 'pts', 'shm'];
    const nodes = ['full', 'null', 'random', 'tty', 'urandom', 'zero'];
    expect((plain.dev ?? '').split('\n').sort()).toEqual([...links, ...folders, ...nodes].sort());
  });

  test('what tells of the machine is hidden', () => {
    expect(plain.hidden).toBe('0');
    expect(plain.keys).toBe('');
  });
});

test('settings of the VM are as they were before all that', () => {
  expect(Object.keys(before).length).toBeGreaterThan(8);
  for (const [name, value] of Object.entries(before))
    expect(`${name} ${after[name]}`).toBe(`${name} ${value}`);
});

test('with plain runc and --privileged, all that comes through', async () => {
  const stock = await Prober.open(await stockVm.engine());
  const found = await stock.run(scriptOf({ ...deniedCalls, ...deniedMounts }, 'stock'), {
    host: { Privileged: true },
  });
  expect(otherOutcomes(deniedCalls, found, 'stock')).toEqual([]);
  expect(otherOutcomes(deniedMounts, found, 'stock')).toEqual([]);
});
