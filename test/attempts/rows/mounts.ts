import type { Asked } from '../../harness/probes.ts';
import type { Said } from '../attempt.ts';
import { alone, asks, inside, type Row, type Try } from '../row.ts';
import { start } from '../suite/start.ts';
import { channelAttempts, channelPaths } from './channel.ts';
import { rootAttempts, stagedAttempts, writeAttempts } from './mount-attempts.ts';

const restricted = (path: string) =>
  new RegExp(`can't mount ${path} because it's configured as a restricted host mount`);
const twice = 'the authorizer by path; the warden by device, inode and file system of what was opened';
const locked = 'mounts are made before the user namespace exists, so the kernel locks their flags';

/** A folder or file of the VM; in the control they are below the whole VM at `/vm`. */
const source = (path: string, line: string, stock: Said): Try =>
  alone(
    { host: { Binds: [`${path}:/reached`] } },
    { [`-v ${path}`]: { line, here: restricted(path), stock } },
    'everything',
  );

const sources: readonly [string, string, Said][] = [
  ['/run/bulkhead/daemon.json', 'grep -c authorization /vm-run/bulkhead/daemon.json', /^\d/],
  ['/var/lib/docker', 'ls /vm-docker', /^overlay2$/m],
  ['/var/lib/docker/volumes', 'ls /vm-docker/volumes', /^attempts$/m],
  ['/lib/modules', 'ls /vm/usr/lib/modules', /^7\./],
  ['/run', 'ls /vm-run', /^bulkhead$/m],
  ['/proc/1/root', 'ls /proc/1/root/run/bulkhead', /^daemon\.json$/m],
  ['/sys', 'ls /sys', /^kernel$/m],
  ['/dev', 'ls /dev', /^vda$/m],
];

const socketDenied = /docker socket mount denied|restricted host mount/;
const sockets: readonly [string, string][] = [
  ['/var/run/docker.sock', '/vm-run/docker.sock'],
  ['/run/docker.sock', '/vm-run/docker.sock'],
  ['/run/containerd/containerd.sock', '/vm-run/containerd/containerd.sock'],
  ['/run/containerd', '/vm-run/containerd/containerd.sock'],
  ['/var/run', '/vm-run/docker.sock'],
  ['/proc/1/root/run/docker.sock', '/proc/1/root/run/docker.sock'],
];

const volume = (Options: Record<string, string>): Asked => ({
  host: { Mounts: [{ Type: 'volume', Target: '/reached', VolumeOptions: { DriverConfig: { Options } } }] },
});
const bound = { type: 'none', o: 'bind', device: '/etc' };
const byOptions = /by driver options; of these, only type=tmpfs is allowed|driver/;

const clearNodev = {
  line: 'attempt mount-setattr /rw clear nodev',
  here: 'errno EPERM',
  stock: 'ok',
};

export const mountRows: readonly Row[] = [
  {
    id: '42',
    name: "the VM's root",
    class: 'mounts',
    how: '`-v /:/h`: `chroot /h ls /run/bulkhead`',
    expectation: 'refused by name',
    defence: twice,
    control: "a shell in the VM's root",
    tries: [
      alone(
        { host: { Binds: ['/:/h'] } },
        {
          chroot: {
            line: 'chroot /vm /usr/libexec/bulkhead/busybox cat /usr/lib/bulkhead/executables.json',
            here: restricted('/'),
            stock: /"executables"/,
          },
        },
        'everything',
      ),
    ],
  },
  {
    id: '43',
    name: 'files of the VM',
    class: 'mounts',
    how: sources.map(([path]) => `\`-v ${path}\``).join(', '),
    expectation: 'refused by name',
    defence: twice,
    control: 'all are read',
    tries: sources.map((row) => source(...row)),
  },
  {
    id: '44',
    name: "the engine's sockets",
    class: 'mounts',
    how: sockets.map(([path]) => `\`-v ${path}\``).join(', '),
    expectation: 'refused by name, unless the image is listed; then the socket is one of its own',
    defence: `${twice}; the private socket answers nobody`,
    control: 'the socket is there, and containerd answers root',
    tries: sockets.map(([path, there]) =>
      alone(
        { host: { Binds: [`${path}:/reached`] } },
        {
          [`-v ${path}`]: {
            line: `sh -c 'test -S ${there} && echo socket'`,
            here: socketDenied,
            stock: 'socket',
          },
        },
        'everything',
      ),
    ),
  },
  {
    id: '45',
    name: 'a volume that is a folder of the VM',
    class: 'mounts',
    how: '`docker volume create -o type=none -o o=bind -o device=/etc`',
    expectation: 'refused by name',
    defence: 'the authorizer: of the options, tmpfs only; the warden sees what the source is',
    control: "the VM's `/etc`",
    tries: [
      asks({
        'docker volume create': {
          ask: async (ground) => {
            const options = Object.entries(bound).flatMap(([key, value]) => ['--opt', `${key}=${value}`]);
            const { status, stderr } = await ground.docker.run(['volume', 'create', ...options, 'etc']);
            if (status !== 0) return stderr.trim();
            const said = await start(ground, 'ls /reached', { host: { Binds: ['etc:/reached'] } });
            await ground.docker.run(['volume', 'rm', 'etc']);
            return said;
          },
          here: byOptions,
          stock: /^hostname$/m,
        },
      }),
    ],
  },
  {
    id: '46',
    name: 'the same by `--mount`',
    class: 'mounts',
    how: '`--mount type=volume,…,volume-opt=o=bind,volume-opt=device=/etc`; `…device=/dev/vdb`',
    expectation: 'refused by name',
    defence: 'the authorizer: of the options, tmpfs only; the warden sees what the source is',
    control: "the VM's `/etc`, the data disk",
    tries: [
      alone(volume(bound), { folder: { line: 'ls /reached', here: byOptions, stock: /^hostname$/m } }),
      alone(volume({ type: 'ext4', device: '/dev/vdb' }), {
        disk: { line: 'ls /reached', here: byOptions, stock: /^docker$/m },
      }),
    ],
  },
  {
    id: '47',
    name: 'a read-only volume, written',
    class: 'mounts',
    how: '`--privileged -v x:/ro:ro`: mount(2), mount_setattr(2), open_tree(2) and move_mount(2), copies',
    expectation: '`EPERM`, and writing says read-only',
    defence: locked,
    control: 'it is made writable and written',
    tries: [inside('privileged', writeAttempts)],
  },
  {
    id: '48',
    name: 'a staged mount, taken off',
    class: 'mounts',
    how: '`--privileged --read-only`: umount2(2) and `mount -o move` of a volume',
    expectation: '`EINVAL`, and what was below it is not seen',
    defence: locked,
    control: 'it comes off',
    tries: [inside('sealed', stagedAttempts)],
  },
  {
    id: '49',
    name: 'a read-only root, written',
    class: 'mounts',
    how: '`--privileged --read-only`: as row 47',
    expectation: '`EPERM`, and writing says read-only',
    defence: locked,
    control: 'it is made writable and written',
    tries: [inside('sealed', rootAttempts)],
  },
  {
    id: '50',
    name: 'flags of a volume, cleared',
    class: 'mounts',
    how: '`--privileged`: mount_setattr(2) clears nodev',
    expectation: '`EPERM`',
    defence: locked,
    control: 'the flag is cleared',
    tries: [inside('privileged', { 'clear nodev once more': clearNodev })],
  },
  {
    id: '51',
    name: 'a device on a volume',
    class: 'mounts',
    how: '`--privileged -v x:/rw`: nodev cleared, mknod(2) of the data disk there, read',
    expectation: '`EPERM`',
    defence: 'mknod(2) in a user namespace; volumes are nodev',
    control: 'it is made and read',
    tries: [
      inside('privileged', {
        'a disk on a volume': {
          line: "sh -c 'attempt mount-setattr /rw clear nodev; attempt mknod /rw/disk b 254 16; dd if=/rw/disk of=/dev/null bs=512 count=1 2>/dev/null && echo read; rm -f /rw/disk'",
          here: 'errno EPERM\nerrno EPERM',
          stock: 'ok\nok\nread',
        },
      }),
    ],
  },
  {
    id: '77',
    name: "the host's channel",
    class: 'mounts',
    how: `\`--privileged\`: nodes of its ports, AF_VSOCK; ${channelPaths.map((path) => `\`-v ${path}\``).join(', ')}`,
    expectation: 'no node, `EPERM`; refused by name',
    defence: twice,
    control: 'the ports are busy with their own process; the folders are mounted',
    tries: [
      inside('privileged', channelAttempts),
      ...channelPaths.map((path) =>
        source(
          path,
          `ls -d ${path.replace(/^\/run/, '/vm-run').replace(/^\/var/, '/proc/1/root/var')}`,
          /^\/(vm|proc)/,
        ),
      ),
    ],
  },
];
