import type { Attempts, Said } from '../attempt.ts';
import { alone, inside, type Row } from '../row.ts';
import { nodes } from './capabilities.ts';

const notAllowed = (name: string) => new RegExp(`device /dev/${name} is not allowed`);
const warden = 'the authorizer and the warden: a list of devices, by number';
const ownNode =
  'device nodes are made by the client, those of the list only; the kernel opens none that is made inside';

/** A node of the VM by name. */
const device = (name: string, line: string, stock: Said | { untried: string }) =>
  alone(
    {
      host: {
        Devices: [{ PathOnHost: `/dev/${name}`, PathInContainer: `/dev/${name}`, CgroupPermissions: 'rwm' }],
        CapAdd: ['SYS_RAWIO', 'SYS_ADMIN'],
      },
    },
    { [name]: { line, here: notAllowed(name), stock } },
    'everything',
  );

const read = (name: string) =>
  `sh -c 'dd if=/dev/${name} of=/dev/null bs=512 count=1 2>/dev/null && echo ok || echo no'`;

/** By a container with all capabilities. */
export const disks: Attempts = {
  'mount the data disk': {
    line: 'mount -t ext4 /dev/vdb /mnt',
    here: /No such file|not permitted|denied/,
    stock: '',
  },
  'read the root disk': { line: read('vda'), here: 'no', stock: 'ok' },
};

export const deviceRows: readonly Row[] = [
  {
    id: '14',
    name: "the VM's disks, privileged",
    class: 'devices',
    how: '`--privileged`: block devices in `/dev`; `mount /dev/vdb`; a node of its own by mknod(2)',
    expectation: 'no block device is there; `mount` fails; `EPERM`',
    defence: `the warden cuts the VM's /dev to a short list; ${ownNode}`,
    control: 'all are there, and the data disk is mounted',
    tries: [
      inside('privileged', {
        'block devices': { line: "sh -c 'find /dev -type b | grep -c .'", here: /^0/, stock: /^[1-9]/ },
        ...disks,
        ...nodes,
      }),
    ],
  },
  {
    id: '15',
    name: 'a disk, read',
    class: 'devices',
    how: '`--device /dev/vda`: `dd if=/dev/vda`',
    expectation: 'refused by name',
    defence: warden,
    control: 'it is read',
    tries: [device('vda', read('vda'), 'ok')],
  },
  {
    id: '16',
    name: 'a disk, written',
    class: 'devices',
    how: '`--device /dev/vdb`: opened for writing, read',
    expectation: 'refused by name',
    defence: `${warden}; bdev_allow_write_mounted=0 behind it`,
    control: 'it is opened and read; that it cannot be written is the kernel: it is mounted',
    tries: [
      device(
        'vdb',
        "sh -c 'dd if=/dev/null of=/dev/vdb 2>&1 | grep -o busy; dd if=/dev/vdb of=/dev/null bs=512 count=1 2>/dev/null && echo read'",
        /read$/,
      ),
    ],
  },
  {
    id: '17',
    name: 'memory of the machine',
    class: 'devices',
    how: '`--device /dev/mem --cap-add SYS_RAWIO`',
    expectation: 'refused by name',
    defence: `${warden}; lockdown behind it`,
    control: 'the node is had; that it cannot be read is lockdown',
    tries: [device('mem', "sh -c 'stat -c %F:%t:%T /dev/mem'", 'character special file:1:1')],
  },
  {
    id: '18',
    name: 'the kernel log by its device',
    class: 'devices',
    how: '`--device /dev/kmsg`',
    expectation: 'refused by name',
    defence: warden,
    control: 'it is read',
    tries: [device('kmsg', "sh -c 'dd if=/dev/kmsg bs=8k count=1 2>/dev/null | grep -c ,'", /^[1-9]/)],
  },
  {
    id: '19',
    name: 'console and ports to the host',
    class: 'devices',
    how: '`--device /dev/ttyS0`, `/dev/console`',
    expectation: 'refused by name, or not there',
    defence: warden,
    control: "something is written to the VM's console; ports to the host are row 77",
    tries: [
      device('ttyS0', "sh -c 'echo attempt > /dev/ttyS0 && echo written'", 'written'),
      device('console', "sh -c 'stat -c %F:%t:%T /proc/1/root/dev/console'", 'character special file:5:1'),
    ],
  },
  {
    id: '20',
    name: 'other devices of the VM',
    class: 'devices',
    how: '`--device` `/dev/kvm`, `/dev/loop-control`, `/dev/snapshot`; `/dev/fuse`, `/dev/net/tun` by policy',
    expectation: "refused by name; the last two are had, and the container's root owns them",
    defence: warden,
    control: 'what the VM has is had; it has no kvm and no loop devices',
    tries: [
      device('kvm', 'ls -l /dev/kvm', { untried: 'the VM has none' }),
      device('loop-control', 'ls -l /dev/loop-control', { untried: 'the VM has none' }),
      device('snapshot', "sh -c 'stat -c %F /dev/snapshot'", 'character special file'),
      alone(
        {
          host: {
            Devices: ['fuse', 'net/tun'].map((name) => ({
              PathOnHost: `/dev/${name}`,
              PathInContainer: `/dev/${name}`,
              CgroupPermissions: 'rwm',
            })),
          },
        },
        {
          'those of the policy': {
            line: "stat -c '%t:%T %a %u:%g' /dev/fuse /dev/net/tun",
            here: 'a:e5 666 0:0\na:c8 666 0:0',
            stock: /^a:e5 \d+ 0:0\na:c8 \d+ 0:0$/,
          },
        },
      ),
    ],
  },
  {
    id: '21',
    name: 'settings of disks and processors',
    class: 'devices',
    how: '`--privileged`: `/sys/block/vda/queue/read_ahead_kb`, `/sys/devices/system/cpu/cpu1/online`',
    expectation: 'denied',
    defence: "sysfs is the VM's: a container's root is nobody to it",
    control: 'both are written',
    tries: [
      inside('privileged', {
        'read ahead': {
          line: 'put /sys/block/vda/queue/read_ahead_kb 64',
          here: /Permission denied|Read-only file/,
          stock: '',
        },
        'a processor': {
          line: 'put /sys/devices/system/cpu/cpu1/online 1',
          here: /Permission denied|Read-only file/,
          stock: '',
        },
      }),
    ],
  },
];
