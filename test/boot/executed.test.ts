import { afterAll, beforeAll, expect, test } from 'vitest';
import { executablesManifest } from '../../policy/manifest/executables.ts';
import { executeScript, memoryScript, parseMounts, runningScript } from '../attempts/rows/execute.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { found, Prober } from '../harness/probes.ts';

/** What runs in the VM, and what its own root could make run. Its root shell is the flavour's. */
const vm = new OpenVm('executed', 'test');
let prober: Prober;
/** A container that runs, with a volume that is a file system of its own, and one that is not. */
let container: string;

beforeAll(async () => {
  await vm.open();
  prober = await Prober.open(await vm.engine());
  const volume = ['volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', 'memory'];
  expect(await dockerCli(vm).run(volume)).toMatchObject({ status: 0 });
  container = await prober.start({ host: { Binds: ['memory:/memory', 'plain:/plain'] } });
});
afterAll(() => vm.dispose());

test('whatever is writable in the VM is noexec, nosuid and nodev; root of the VM executes nothing from it', async () => {
  const writable = parseMounts(await vm.output('cat /proc/self/mountinfo')).filter(
    ({ writable: rw, type }) => rw && type !== 'nsfs', // a name for a namespace, no files
  );
  const flags = ({ type }: { type: string }) =>
    // the two that hold device nodes
    ['devtmpfs', 'devpts'].includes(type) ? ['noexec', 'nosuid'] : ['noexec', 'nosuid', 'nodev'];
  const lax = writable.filter((mount) => !flags(mount).every((flag) => mount.flags.includes(flag)));
  expect(lax).toEqual([]);

  const folders = writable.map(({ point }) => point);
  expect(folders).toEqual(
    expect.arrayContaining([
      ...['/dev', '/run', '/tmp', '/dev/shm', '/var/lib', '/var/bulkhead', '/run/bulkhead/lxcfs'],
      expect.stringMatching(/^\/var\/lib\/docker\/overlay2\/[0-9a-f]+\/merged$/),
      '/var/lib/docker/volumes/memory/_data',
    ]),
  );
  // the control: a file system without the flag
  await vm.shell('mount -t tmpfs control /mnt');
  const tried = found(await vm.output(executeScript([...folders, '/mnt'])));
  await vm.shell('umount /mnt');
  for (const how of ['program', 'script', 'loader'])
    expect(tried[`${how} /mnt`], how).toBe(how === 'loader' ? '1' : 'ran');
  const ran = Object.entries(tried).filter(
    ([name, said]) =>
      !name.endsWith(' /mnt') &&
      !/^no file$|Permission denied|Operation not permitted|failed to map/.test(said),
  );
  expect(ran).toEqual([]);
  // where files can be made at all, most of them
  const made = folders.filter((folder) => tried[`program ${folder}`] !== 'no file');
  expect(made).toEqual(
    expect.arrayContaining(['/dev', '/run', '/tmp', '/dev/shm', '/var/lib', '/var/bulkhead']),
  );
});

test('containers execute from their root and from volumes of either kind', async () => {
  const copies = ['/copy', '/memory', '/plain'];
  const lines = copies.map((folder) => {
    const program = `${folder}/busybox`;
    return `mkdir -p ${folder}; cp /bin/busybox ${program}; try ${folder} ${program} echo ran`;
  });
  const said = await prober.in(container, lines.join('\n'));
  expect(said).toEqual(Object.fromEntries(copies.map((folder) => [folder, 'ran'])));
});

test('what runs in the VM itself, with a container beside it, is in the signed list', async () => {
  const manifest = executablesManifest.parse(
    JSON.parse(await vm.output('cat /usr/lib/bulkhead/executables.json')),
  );
  const paths = manifest.executables.map(({ path }) => path);
  const listed = (await vm.output(`stat -c %d:%i ${paths.join(' ')}`)).trim().split('\n');
  expect(listed).toHaveLength(paths.length);
  const running = async () => {
    const lines = (await vm.output(runningScript)).trim().split('\n');
    return lines.map((line) => ({
      path: line.split(' ')[1],
      known: listed.includes(line.split(' ')[0] ?? ''),
    }));
  };
  const now = await running();
  expect(now.filter(({ known }) => !known)).toEqual([]);
  expect(now.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      ...['/usr/bin/node', '/usr/bin/containerd', '/usr/sbin/dockerd', '/usr/bin/lxcfs'],
      '/run/bulkhead/bin/containerd-shim-runc-v2',
    ]),
  );
  // the control
  await vm.shell(
    'mount -t tmpfs control /mnt; cp /usr/libexec/bulkhead/busybox /mnt/busybox; /mnt/busybox sleep 1000 >/dev/null 2>&1 & sleep 1',
  );
  expect((await running()).filter(({ known }) => !known)).toEqual([{ path: '/mnt/busybox', known: false }]);
  await vm.shell(
    'kill $(pidof busybox | tr " " "\\n" | while read p; do [ "$(readlink /proc/$p/exe)" = /mnt/busybox ] && echo $p; done); sleep 1; umount /mnt',
  );
});

test('a program in memory: root of the VM can, the processes that read what strangers say cannot', async () => {
  expect((await vm.output(memoryScript)).trim()).toBe('ran'); // as SECURITY.md says
  const confined = await vm.output(
    'for p in $(pidof node); do grep -q "^Uid:.99[0-3]" /proc/$p/status && grep -hE "^(Seccomp|NoNewPrivs|CapEff|CapBnd):" /proc/$p/status; done; true',
  );
  const each = 'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n';
  expect(confined).toBe(each.repeat(4));
});

test('neither PID 1 nor a service of ours has made machine code, or can; containers can', async () => {
  const memory = (pid: string) =>
    `awk '$2 ~ /x/ && $6 !~ "^/" && $6 !~ /^.v(dso|syscall)/ { print $2 }' /proc/${pid}/maps | sort -u`;
  const ours = 'for p in $(pidof node); do [ $p = 1 ] || ';
  expect(await vm.output(`${ours} ${memory('$p')}; done`)).toBe('');
  // node:ffi makes a page for each signature, and PID 1 has it seal them before it refuses more
  expect(await vm.output(memory('1'))).toBe('r-xp\n');
  // the control: Node as it is elsewhere
  const compiling = `/usr/bin/node -e 'setTimeout(() => {}, 1e6)' & sleep 2; ${memory('$!')}; kill $!`;
  expect(await vm.output(compiling)).toContain('rwxp');

  const launched = (flag: string, node: string) =>
    vm.shell(
      `mkdir -p /sys/fs/cgroup/bulkhead/tester; /usr/libexec/bulkhead/launch --cgroup /sys/fs/cgroup/bulkhead/tester --uid 0 --gid 0 ` +
        `--caps none --oom 0 --nofile 64 --no-new-privs ${flag} -- node ${node} -p 6*7 3</usr/bin/node`,
    );
  expect(await launched('--no-exec', '--jitless')).toMatchObject({ status: 0, output: '42\n' });
  expect((await launched('--no-exec', '')).status).not.toBe(0);
  expect(await launched('', '')).toMatchObject({ status: 0, output: '42\n' }); // the control

  expect(await prober.in(container, 'try code attempt new-code')).toEqual({ code: 'ok' });
});
