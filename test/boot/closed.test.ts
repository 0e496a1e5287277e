import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuthority } from '../../host/certificates/authority.ts';
import { stopMachine } from '../../host/machine/stop.ts';
import { sysctls } from '../../init/sysctls.ts';
import { plantOnDataDisk, plantOnStateDisk } from '../attempts/rows/planted.ts';
import { deadline } from '../harness/deadline.ts';
import { type DockerCli, dockerCli, engineFacts } from '../harness/docker-cli.ts';
import { askStatus } from '../harness/guest.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { breakFileSystem, brokenPart, Planter } from '../harness/plant.ts';
import { type Found, found, Prober, prelude } from '../harness/probes.ts';

/** The VM as its own root finds it: what can be loaded, read and reached (executed: executed.test.ts). Its root shell is the flavour's. */
const vm = new OpenVm('closed', 'test');
let prober: Prober;
let docker: DockerCli;
/** A container that runs, with a volume. */
let container: string;

beforeAll(async () => {
  await vm.open();
  prober = await Prober.open(await vm.engine());
  docker = dockerCli(vm);
  container = await prober.start({ host: { Binds: ['plain:/plain'] } });
});
afterAll(() => vm.dispose());

async function inVm(script: string): Promise<Found> {
  return found(await vm.output(`${prelude}\n${script}`));
}

test('the kernel has the settings that init/sysctls.ts lists', async () => {
  const lines = sysctls.map(({ path }) => `try '${path}' cat '/proc/sys/${path}'`);
  const values = await inVm(lines.join('\n'));
  const expected = Object.fromEntries(sysctls.map(({ path, value }) => [path, value]));
  const actual = Object.entries(values).map(([path, value]) => [path, value.replaceAll(/\s+/g, ' ')]);
  expect(Object.fromEntries(actual)).toEqual(expected);
});

test('root of the VM cannot load code into its kernel, read its memory, or write below a file system', async () => {
  const said = await inVm(`
    try module insmod /usr/lib/modules/*/kernel/drivers/net/tun.ko
    try 'modules again' sh -c 'echo 0 > /proc/sys/kernel/modules_disabled'
    try 'kexec again' sh -c 'echo 0 > /proc/sys/kernel/kexec_load_disabled'
    try 'bpf again' sh -c 'echo 0 > /proc/sys/kernel/unprivileged_bpf_disabled'
    try mem dd if=/dev/mem of=/dev/null bs=1 count=1
    try kcore dd if=/proc/kcore of=/dev/null bs=1 count=1
    try 'kcore exists' test -e /proc/kcore
    try debugfs mount -t debugfs debugfs /mnt
    try 'raw write' dd if=/dev/null of=/dev/vdb
    try 'raw read' sh -c 'dd if=/dev/vdb of=/dev/null bs=512 count=1 2>/dev/null && echo ok'
    try addresses sh -c 'grep -cv "^0000000000000000" /proc/kallsyms'
    try why sh -c 'dmesg | grep -c "Lockdown: .*/dev/mem"'
  `);
  expect(said).toMatchObject({
    // were it allowed, 'File exists'
    module: expect.stringContaining('Operation not permitted'),
    'modules again': expect.stringContaining('Invalid argument'),
    'kexec again': expect.stringContaining('Invalid argument'),
    'bpf again': expect.stringContaining('Operation not permitted'),
    mem: expect.stringContaining('Operation not permitted'),
    kcore: expect.stringContaining('Operation not permitted'),
    'kcore exists': '',
    debugfs: expect.stringContaining('No such device'),
    'raw write': expect.stringContaining('Device or resource busy'),
    'raw read': 'ok', // the control of the line before
    addresses: expect.stringMatching(/^0\s*\[1\]$/), // none but zeros
    why: expect.stringMatching(/^[1-9]/), // which defence it was
  });
});

test('a process of another user than root reaches nothing of PID 1', async () => {
  const lines = `
    try environ cat /proc/1/environ
    try maps sh -c 'cat /proc/1/maps | grep -c node'
    try memory dd if=/proc/1/mem of=/dev/null bs=1 count=0
    try descriptors sh -c 'ls /proc/1/fd | grep -c .'
    try root ls /proc/1/root/etc/hostname
    try signal kill -0 1
    try key test -r /run/bulkhead/tls/key.pem
    try engine sh -c 'test -w /run/docker.sock'
    try disk dd if=/dev/vda of=/dev/null bs=512 count=1
    try node /usr/bin/node --version
  `;
  const quoted = `'${`${prelude}${lines}`.replaceAll("'", "'\\''")}'`;
  const launch = (user: number) =>
    vm.output(
      `mkdir -p /sys/fs/cgroup/bulkhead/tester; /usr/libexec/bulkhead/launch --cgroup /sys/fs/cgroup/bulkhead/tester ` +
        `--uid ${user} --gid ${user} --caps ${user === 0 ? 'all' : 'none'} --oom 0 --nofile 64 -- busybox sh -c ${quoted} 3</usr/libexec/bulkhead/busybox`,
    );
  const denied = expect.stringMatching(/Permission denied|Operation not permitted|^\[1\]$|^0\[1\]$/);
  const other = found(await launch(990));
  for (const name of [
    'environ',
    'maps',
    'memory',
    'descriptors',
    'root',
    'signal',
    'key',
    'engine',
    'disk',
    'node',
  ])
    expect(other, name).toHaveProperty(name, expect.stringMatching(/denied|not permitted|\[1\]$/));
  expect(other.environ).toEqual(denied);
  // the control
  const root = found(await launch(0));
  expect(root).toMatchObject({ signal: '', key: '', engine: '', node: expect.stringMatching(/^v26/) });
  expect(root.environ).toContain('PATH=');
  expect(Number(root.descriptors)).toBeGreaterThan(3);
});

/** Listening TCP sockets, and all UDP and raw ones: `PROTOCOL PORT` (proc_net(5): state 0A listens). */
const socketsScript = `
for p in tcp tcp6; do awk -v p=$p 'NR > 1 && $4 == "0A" { split($2, a, ":"); print p, a[2] }' /proc/net/$p; done
for p in udp udp6 raw raw6; do awk -v p=$p 'NR > 1 { split($2, a, ":"); print p, a[2] }' /proc/net/$p; done; true`;

test('one port, on whatever address of the VM: without the firewall, too, a container needs its certificate', async () => {
  expect((await vm.output(socketsScript)).trim()).toBe(`tcp6 0${(2376).toString(16).toUpperCase()}`);

  // openssl of the VM, put into the container with what it needs
  const foreign = await openAuthority(join(vm.folder, 'foreign'), { name: vm.name });
  const own = await openAuthority(vm.paths.authority, { name: vm.name });
  const merged = (await vm.output('ls -d /var/lib/docker/overlay2/*/merged')).trim();
  expect(merged).not.toContain('\n');
  const libraries = '/usr/lib/x86_64-linux-gnu/';
  await vm.shell(
    `mkdir -p ${merged}/tls; cp -L /usr/bin/openssl /usr/lib64/ld-linux-x86-64.so.2 ${['libssl.so.3', 'libcrypto.so.3', 'libc.so.6', 'libz.so.1', 'libzstd.so.1'].map((name) => libraries + name).join(' ')} ${merged}/tls/`,
  );
  for (const [name, { client }] of Object.entries({ foreign, own }))
    for (const [part, text] of Object.entries({ cert: client.certificate, key: client.key }))
      await vm.shell(`cat > ${merged}/tls/${name}.${part} <<'END'\n${text}\nEND`);

  const addresses = (await vm.output('ip -4 -o addr | awk \'{ split($4, a, "/"); print a[1] }\''))
    .trim()
    .split('\n');
  const others = addresses.filter((address) => !address.startsWith('127.'));
  expect(others).toEqual(expect.arrayContaining(['10.0.2.15', '172.17.0.1']));
  const request = "printf 'GET /version HTTP/1.0\\r\\nHost: docker\\r\\n\\r\\n'";
  const tls = '/tls/ld-linux-x86-64.so.2 --library-path /tls /tls/openssl s_client -quiet -ign_eof';
  const lines = others.flatMap((address) => [
    `try 'plain ${address}' sh -c "${request} | nc -w 20 ${address} 2376"`,
    ...['', '-cert /tls/foreign.cert -key /tls/foreign.key', '-cert /tls/own.cert -key /tls/own.key'].map(
      (more, at) =>
        `try '${['none', 'foreign', 'own'][at]} ${address}' sh -c "${request} | timeout 60 ${tls} -connect ${address}:2376 ${more} 2>&1"`,
    ),
    ...[22, 80, 2375, 2377, 4243].map((port) => `try '${port} ${address}' nc -z -w 5 ${address} ${port}`),
  ]);
  // The firewall lets no container get that far (crash.test.ts): it is taken away, and what is behind it holds.
  const wall = (how: '-D' | '-I') =>
    vm.shell(`cd /run/bulkhead/bin && ./iptables ${how} INPUT -j BULKHEAD-INPUT`);
  expect(await wall('-D')).toMatchObject({ status: 0 });
  const said = await prober.in(container, lines.join('\n')).finally(() => wall('-I'));
  for (const address of others) {
    expect(said[`plain ${address}`]).toContain('400 Bad Request');
    for (const how of ['plain', 'none', 'foreign'])
      expect(said[`${how} ${address}`]).not.toContain('ApiVersion');
    for (const how of ['none', 'foreign'])
      expect(said[`${how} ${address}`]).toMatch(/alert|unknown ca|bad certificate/i);
    expect(said[`own ${address}`], 'the control').toContain('ApiVersion');
    for (const port of [22, 80, 2375, 2377, 4243])
      expect(said[`${port} ${address}`], `port ${port}`).toMatch(/\[1\]$/);
  }
});

test('networks of every driver work, although no module can be loaded any more', async () => {
  const image = prober.image;
  const drivers = { macvlan: '192.0.2', ipvlan: '198.51.100' };
  for (const [driver, net] of Object.entries(drivers)) {
    const create = ['network', 'create', '--driver', driver, '--internal', '--subnet', `${net}.0/24`, driver];
    expect(await docker.run(create)).toMatchObject({ status: 0 });
    const start = [
      'run',
      '-d',
      '--rm',
      '--network',
      driver,
      '--ip',
      `${net}.10`,
      '--name',
      `on-${driver}`,
      image,
    ];
    expect(await docker.run([...start, 'sleep', '1000'])).toMatchObject({ status: 0 });
    const ping = ['run', '--rm', '--network', driver, image, 'ping', '-c', '1', '-W', '20', `${net}.10`];
    expect((await docker.run(ping)).stdout, driver).toContain('1 packets received');
    await docker.run(['rm', '-f', `on-${driver}`]);
  }
  // what overlay networks are made of, and rules of engines inside a container
  const said = await prober.run(
    `try vxlan ip link add v0 type vxlan
     try dummy ip link add d0 type dummy
     try wireguard ip link add w0 type wireguard`,
    { host: { CapAdd: ['NET_ADMIN'] } },
  );
  expect(said).toMatchObject({
    vxlan: expect.stringContaining('Invalid argument'), // busybox cannot say which number: the driver is there
    dummy: '',
    wireguard: expect.stringContaining('not supported'),
  });
});

test('what is planted on the disks while the VM is off runs nowhere, and leads the engine nowhere', async () => {
  const volume = '/docker/volumes/plain/_data';
  const run = ['run', '-d', '--restart', 'always', '--name', 'planted', '-v', 'plain:/plain', prober.image];
  const id = (await docker.run([...run, 'sleep', '100000'])).stdout.trim();
  const layer = (await docker.run(['inspect', '-f', '{{.GraphDriver.Data.MergedDir}}', id])).stdout.trim();
  const merged = layer.replace('/var/lib', '');
  expect(merged).toMatch(/^\/docker\/overlay2\/[0-9a-f]+\/merged$/);
  const before = await engineFacts(docker);
  const device = (await vm.output('cat /sys/block/vda/dev')).trim();
  expect(await stopMachine({ name: vm.name, env: vm.env, timeout: deadline(3) })).toEqual({
    stopped: 'guest',
  });

  const planter = new Planter(vm.paths.dataDisk);
  plantOnDataDisk(planter, { container: id, merged, volume, device });
  planter.apply();
  const onState = new Planter(vm.paths.stateDisk);
  plantOnStateDisk(onState, device);
  onState.apply();
  await vm.open();

  for (const path of [layer, '/var/lib/containerd-tmp', '/var/lib/docker/volumes/outside'])
    expect(vm.console()).toMatch(new RegExp(`init: WARN data-disk: ${path} was a link`));
  const planted = `
    for mount in /var/lib${volume} /var/bulkhead; do
      try "device $mount" dd if=$mount/disk of=/dev/null bs=512 count=1
      try "setuid $mount" $mount/setuid
    done`;
  const said = await inVm(`
    try over sh -c 'grep " /run/bulkhead/libexec" /proc/self/mountinfo | grep -vc erofs'
    try plugin sh -c 'ls /run/docker/plugins; ps | grep [p]lanted'
    ${planted}`);
  const denied = expect.stringContaining('Permission denied');
  expect(said).toEqual({
    over: expect.stringMatching(/^0/),
    plugin: expect.not.stringContaining('planted'),
    [`device /var/lib${volume}`]: denied,
    [`setuid /var/lib${volume}`]: denied,
    'device /var/bulkhead': denied,
    'setuid /var/bulkhead': denied,
  });
  // the control: the same things on the same disks, which are not nodev and noexec any more
  const remount = (flags: string) =>
    vm.shell(`while read disk mount type _; do
      [ $type != ext4 ] || mount -o remount,${flags} $disk $mount || exit; done < /proc/mounts`);
  expect(await remount('dev,suid,exec')).toMatchObject({ status: 0 });
  const open = await inVm(planted);
  expect(await remount('nodev,nosuid,noexec')).toMatchObject({ status: 0 });
  const done = expect.stringContaining('records out');
  expect(open).toEqual({
    [`device /var/lib${volume}`]: done,
    [`setuid /var/lib${volume}`]: 'ran',
    'device /var/bulkhead': done,
    'setuid /var/bulkhead': 'ran',
  });
  expect(await engineFacts(docker)).toEqual(before); // nobody has read the configurations
  expect((await vm.output(socketsScript)).trim()).toBe(`tcp6 0${(2376).toString(16).toUpperCase()}`);
  // dockerd has tried to start it, and asks again and again
  await expect
    .poll(
      async () => (await docker.run(['inspect', '-f', '{{.State.Running}} {{.State.Error}}', id])).stdout,
      {
        timeout: deadline(2),
      },
    )
    .toMatch(/^false .*with the host.*\[rule namespaces;/s);

  // the control: the same link made where nothing clears it leads dockerd away, and the warden misses its mount
  await docker.run(['rm', '-f', id]);
  const other = (await docker.run(['create', prober.image, 'true'])).stdout.trim();
  const where = (await docker.run(['inspect', '-f', '{{.GraphDriver.Data.MergedDir}}', other])).stdout.trim();
  await vm.shell(`rmdir ${where}; ln -s /run/bulkhead/libexec ${where}`);
  const { stderr } = await docker.run(['start', other]);
  expect(stderr).toContain(`can't use ${where} as a root: no engine mounted it for a container [rule root;`);
});

test('a file system that cannot be mended on either disk: nothing is mounted, nothing formatted, the engine is not started', async () => {
  expect(await stopMachine({ name: vm.name, env: vm.env, timeout: deadline(3) })).toMatchObject({});
  const disks = [vm.paths.dataDisk, vm.paths.stateDisk];
  const broken = disks.map((disk) => breakFileSystem(disk));
  await expect(vm.open()).rejects.toMatchObject({ code: 'guest-held' });
  const { phases, services } = await askStatus(vm, deadline(1));
  expect(phases).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'data-disk', state: 'failed' }),
      expect.objectContaining({ name: 'state-disk', state: 'failed' }),
    ]),
  );
  expect(vm.console()).toContain('e2fsck ended with status 4');
  expect(services).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ name: 'dockerd', state: 'ready' })]),
  );
  expect(disks.map((disk) => brokenPart(disk))).toEqual(broken); // left as they are, for whoever repairs them
});
