import type { Attempt, Attempts } from '../attempt.ts';
import { alone, asks, inside, type Row } from '../row.ts';
import { start } from '../suite/start.ts';

const denied = /Permission denied|Read-only file|can't create/;
const nobody = "files of the VM's root, to which root of a container is nobody";

/** A setting of the VM: written with what it has, so that the control is as it was. */
const write = (path: string, value: string, stock: Attempt['stock'] = ''): [string, Attempt] => [
  `write ${path}`,
  { line: `put ${path} '${value}'`, here: denied, stock },
];

/** By a container with all capabilities: file systems of the VM's kernel. */
export const fileSystems: Attempts = {
  'mount debugfs': {
    line: 'mount -t debugfs debugfs /mnt',
    here: /No such device/,
    stock: { same: 'the kernel has none: debugfs=off' },
  },
  'mount tracefs': {
    line: 'mount -t tracefs tracefs /mnt',
    here: /permission denied|Operation not permitted/,
    stock: { untried: 'under lockdown=confidentiality kernel 7.3.4 stumbles when a tracefs is unmounted' },
  },
  ...Object.fromEntries(
    ['securityfs', 'devtmpfs', 'bpf'].map((type): [string, Attempt] => [
      `mount ${type}`,
      { line: `mount -t ${type} ${type} /mnt`, here: /permission denied|Operation not permitted/, stock: '' },
    ]),
  ),
};

/** By a container with all capabilities: a setting of the VM. */
export const settings: Attempts = Object.fromEntries([write('/proc/sys/vm/swappiness', '60')]);

const sysctl = (name: string, stock: Attempt['stock']) =>
  alone(
    { host: { Sysctls: { [name]: '0' } } },
    { [name]: { line: 'true', here: new RegExp(`sysctl ${name} is not allowed`), stock } },
  );

export const procRows: readonly Row[] = [
  {
    id: '33',
    name: 'a program for core dumps',
    class: 'proc, sysfs, sysctl',
    how: '`--privileged`: `|/tmp/x` to `/proc/sys/kernel/core_pattern`',
    expectation: 'denied',
    defence: `${nobody}; kernel.usermodehelper.bset leaves such a program no capability`,
    control: 'it is written',
    tries: [
      inside('privileged', Object.fromEntries([write('/proc/sys/kernel/core_pattern', '|/bin/false')])),
    ],
  },
  {
    id: '34',
    name: 'commands to the kernel',
    class: 'proc, sysfs, sysctl',
    how: '`--security-opt systempaths=unconfined`, all capabilities: `/proc/sysrq-trigger`',
    expectation: 'denied',
    defence: nobody,
    control: 'it is obeyed (`h`: help)',
    tries: [inside('strong', Object.fromEntries([write('/proc/sysrq-trigger', 'h')]))],
  },
  {
    id: '35',
    name: 'programs that the kernel starts',
    class: 'proc, sysfs, sysctl',
    how: '`--privileged`: `kernel/modprobe`, `kernel/poweroff_cmd`, `/sys/kernel/uevent_helper`, `kernel/hotplug`',
    expectation: 'denied, or not there',
    defence: `${nobody}; the kernel has no uevent_helper and no hotplug`,
    control: 'they are written',
    tries: [
      inside(
        'privileged',
        Object.fromEntries([
          write('/proc/sys/kernel/modprobe', '/bin/false'),
          write('/proc/sys/kernel/poweroff_cmd', '/sbin/poweroff'),
          write('/sys/kernel/uevent_helper', '', { same: 'the kernel has none' }),
          write('/proc/sys/kernel/hotplug', '', { same: 'the kernel has none' }),
        ]),
      ),
    ],
  },
  {
    id: '36',
    name: 'what tells of the kernel and the machine',
    class: 'proc, sysfs, sysctl',
    how: '`/proc/kcore`, `/proc/kallsyms`, `/proc/interrupts`, `/proc/timer_list`, `/sys/firmware`: by default and privileged',
    expectation:
      'hidden by default; privileged, addresses are zeros, and kcore and tables of the firmware are denied',
    defence: `paths that the warden hides; kernel.kptr_restrict, lockdown; ${nobody}`,
    control: 'interrupts are read by default; tables of the firmware when privileged',
    tries: [
      inside('plain', {
        interrupts: { line: "sh -c 'cat /proc/interrupts | grep -c .'", here: /^0/, stock: /^[1-9]/ },
        hidden: {
          line: "sh -c 'cat /proc/kcore /proc/timer_list /proc/acpi/* /sys/firmware/* 2>/dev/null | wc -c'",
          here: '0',
          stock: { same: 'docker hides these by default, too' },
        },
      }),
      inside('privileged', {
        addresses: {
          line: 'sh -c "grep -vc \'^0* \' /proc/kallsyms"',
          here: /^0/,
          stock: { same: 'kernel.kptr_restrict=2 counts for everybody' },
        },
        kcore: {
          line: 'dd if=/proc/kcore of=/dev/null bs=1 count=1',
          here: /Permission denied|not permitted/,
          stock: { same: 'lockdown counts for everybody' },
        },
        'firmware tables': {
          line: "sh -c 'dd if=/sys/firmware/dmi/tables/DMI of=/dev/null bs=1 count=1 2>&1 | grep -c 1.0'",
          here: /^0/,
          stock: '2',
        },
      }),
    ],
  },
  {
    id: '37',
    name: 'settings by flag',
    class: 'proc, sysfs, sysctl',
    how: '`--sysctl` `kernel.core_pattern=`, `vm.overcommit_memory=`, `fs.suid_dumpable=`',
    expectation: 'refused by name',
    defence: "the authorizer and the warden: a list of settings that are the container's own",
    control: { same: 'plain runc refuses what is not of a namespace, too, in other words' },
    tries: ['kernel.core_pattern', 'vm.overcommit_memory', 'fs.suid_dumpable'].map((name) =>
      sysctl(name, { untried: 'plain runc refuses what is not of a namespace, too, in other words' }),
    ),
  },
  {
    id: '38',
    name: "file systems of the VM's kernel",
    class: 'proc, sysfs, sysctl',
    how: '`--privileged`, and all capabilities without any profile: `mount -t` debugfs, tracefs, securityfs, bpf, devtmpfs',
    expectation: '`EPERM`',
    defence: 'a user namespace of its own: the kernel lets it mount what belongs to it; debugfs=off',
    control: 'securityfs, bpf and devtmpfs are mounted',
    tries: [inside('privileged', fileSystems)],
  },
  {
    id: '39',
    name: 'settings of the VM',
    class: 'proc, sysfs, sysctl',
    how: '`--privileged`: `vm/drop_caches`, `vm/swappiness`, `kernel/panic`, `kernel/sysrq`, `kernel/threads-max`, `fs/pipe-max-size`, huge pages',
    expectation: 'denied, and the value is as before',
    defence: nobody,
    control: 'all are written',
    tries: [
      inside('privileged', {
        ...settings,
        ...Object.fromEntries([
          write('/proc/sys/vm/drop_caches', '1'),
          write('/proc/sys/vm/overcommit_memory', '0'),
          write('/proc/sys/kernel/panic', '-1'),
          write('/proc/sys/kernel/sysrq', '0'),
          write('/proc/sys/kernel/threads-max', '15000'),
          write('/proc/sys/fs/pipe-max-size', '1048576'),
          write('/proc/sys/fs/suid_dumpable', '0'),
          write('/sys/kernel/mm/transparent_hugepage/enabled', 'madvise'),
        ]),
      }),
    ],
  },
  {
    id: '40',
    name: 'serial number of the machine',
    class: 'proc, sysfs, sysctl',
    how: '`--privileged`: `/sys/class/dmi/id/product_serial`, `…/chassis_serial`',
    expectation: 'denied',
    defence: nobody,
    control: 'they are read',
    tries: [
      inside('privileged', {
        serial: {
          line: "sh -c 'cat /sys/class/dmi/id/product_serial && echo read'",
          here: /Permission denied/,
          stock: /read$/,
        },
      }),
    ],
  },
  {
    id: '41',
    name: 'paths of the VM in the list of mounts',
    class: 'proc, sysfs, sysctl',
    how: 'the folders of `/proc/self/mountinfo` used as sources: `-v UPPERDIR:/x`',
    expectation: 'where the engine keeps the root is seen, and of no use: refused as a source',
    defence: 'the authorizer, and the warden by device and inode of what was opened',
    control: "another container's root is read and written there",
    tries: [
      asks({
        'the folder of a root': {
          ask: async (ground) => {
            const { folder = '' } = await ground.prober.in(
              ground.containers.bystander,
              "try folder sed -n 's/.*upperdir=\\([^,]*\\).*/\\1/p' /proc/self/mountinfo",
            );
            return start(ground, 'ls /reached', { host: { Binds: [`${folder}:/reached`] } });
          },
          here: /can't mount \/var\/lib\/docker\/overlay2\/[0-9a-f]+\/diff because it's configured as a restricted host mount/,
          stock: /^canary$/m,
        },
      }),
    ],
  },
];
