import { type Contents, rootFolders, usrLinks } from './contents.ts';
import type { Recipe } from './image-file.ts';

const UNITS = '/usr/lib/systemd/system';

const programs = [
  'systemctl',
  'journalctl',
  'systemd-run',
  'systemd-cgls',
  'systemd-tmpfiles',
  'systemd-cat',
];
const services = [
  'systemd',
  'systemd-executor',
  'systemd-journald',
  'systemd-shutdown',
  'systemd-user-sessions',
];

/** Units as shipped, with what wants them: every target and slice, the journal, files of /run and /tmp. */
const units = [
  /^[\w-]+\.(target|slice)$/,
  /^systemd-(journald|journald-dev-log)\.(service|socket)$/,
  /^systemd-journal-flush\.service$/,
  /^systemd-tmpfiles-(setup|clean)\.(service|timer)$/,
  /^systemd-user-sessions\.service$/,
  /^systemd-(poweroff|reboot|exit|halt)\.service$/,
];

/** What a container has from its runtime, or must not have: masked, should anything ask for it. */
const masked = [
  ...['dev-hugepages.mount', 'dev-mqueue.mount', 'sys-kernel-config.mount', 'sys-kernel-debug.mount'],
  ...['sys-kernel-tracing.mount', 'sys-fs-fuse-connections.mount', 'proc-sys-fs-binfmt_misc.automount'],
  ...['tmp.mount', 'systemd-remount-fs.service', 'getty.target', 'console-getty.service'],
];

const probe = `[Unit]
Description=Runs in a slice with a limit

[Service]
Type=exec
Slice=probe.slice
ExecStart=/bin/sleep 2147483647
`;

const groups = ['adm:x:4:', 'tty:x:5:', 'utmp:x:43:', 'systemd-journal:x:999:', 'systemd-network:x:998:'];

/** Debian's systemd as the first process of a container: the journal, temporary files and nothing else. */
export async function systemdImage(contents: Contents): Promise<Recipe> {
  contents.addLinks({ ...usrLinks, '/var/run': '/run', '/usr/sbin/init': '../lib/systemd/systemd' });
  contents.addDirectories(...rootFolders, '/usr/lib64', '/var/log', '/home', '/srv');
  for (const name of services) await contents.add('systemd', `/usr/lib/systemd/${name}`);
  for (const name of programs) await contents.add('systemd', `/usr/bin/${name}`);
  const wanted = (path: string) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return !masked.includes(name) && units.some((unit) => unit.test(name));
  };
  await contents.addFolder('systemd', UNITS, wanted);
  await contents.addFolder('systemd', '/usr/lib/tmpfiles.d', (path) =>
    /^(systemd|tmp|var)\.conf$/.test(path),
  );
  await contents.addBusybox('/usr/bin');
  for (const name of masked) contents.addLinks({ [`/etc/systemd/system/${name}`]: '/dev/null' });
  contents.addText('/etc/systemd/system/probe.slice', '[Slice]\nMemoryMax=32M\n');
  contents.addText('/etc/systemd/system/probe.service', probe);
  // left as it is: by default a privileged one turns on the whole kernel's auditing (journald.conf(5))
  contents.addText('/etc/systemd/journald.conf.d/audit.conf', '[Journal]\nAudit=\n');
  contents.addLinks({ '/etc/systemd/system/default.target': `${UNITS}/multi-user.target` });
  contents.addText('/etc/machine-id', ''); // systemd makes one (machine-id(5)); without the file it asks questions
  contents.addText(
    '/etc/os-release',
    'NAME=Debian\nID=debian\nVERSION_ID=13\nPRETTY_NAME="Debian, in a test"\n',
  );
  contents.addText(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  contents.addText('/etc/group', ['root:x:0:', ...groups, 'nogroup:x:65534:', ''].join('\n'));
  contents.addText('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  return {
    layers: [contents.tree],
    config: {
      Cmd: ['/sbin/init'],
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'container=docker'],
      StopSignal: 'SIGRTMIN+3',
    },
  };
}
