import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeMany, startMany } from '../../bench/runtime/many.ts';
import type { EngineClient } from '../../host/engine/client.ts';
import { runContainer } from '../../host/engine/run.ts';
import { readEvents, waitForEvent } from '../../host/events/events.ts';
import { AUTHORIZER_FOLDER, AUTHORIZER_SOCKET } from '../../services/authorizer/definition.ts';
import { cgroupLimits, type LimitsRow, protectedMemory } from '../../services/cgroup-limits.ts';
import { deadline } from '../harness/deadline.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { askStatus } from '../harness/guest.ts';
import { OpenVm } from '../harness/open-vm.ts';
import { Prober } from '../harness/probes.ts';

const IMAGE = 'bulkhead/hello:latest';
const vm = new OpenVm('crash', 'test');
let engine: EngineClient;

beforeAll(async () => {
  await vm.open({ memory: 4096 }); // a shim takes 10 MB
  engine = await vm.engine();
  await engine.loadImage('dist/hello.tar');
});
afterAll(() => vm.dispose());

async function serviceOf(name: string) {
  const found = (await askStatus(vm, deadline(1))).services.find((service) => service.name === name);
  if (found?.pid === undefined) throw new Error(`${name} does not run`);
  return { ...found, pid: found.pid };
}

/** Kills a service and waits until it is ready again. */
async function crash(name: string): Promise<void> {
  const before = await serviceOf(name);
  await vm.shell(`kill -9 ${before.pid}`);
  await readyAgain(name, before.restarts);
}

/** Waits until a service is ready that was started again so many times. */
async function readyAgain(name: string, restarts: number): Promise<void> {
  await waitForEvent(
    vm.paths.events,
    ({ kind, ...event }) =>
      kind === 'service' &&
      'service' in event &&
      event.service.name === name &&
      event.service.state === 'ready' &&
      event.service.restarts > restarts,
    { timeout: deadline(1) },
  );
}

async function start(command: string, name?: string): Promise<string> {
  const id = await engine.createContainer({ Image: IMAGE, Cmd: ['sh', '-c', command] }, name);
  await engine.startContainer(id);
  return id;
}

/** Runs a command in a container of its own. @returns what it printed */
async function output(command: string): Promise<string> {
  return (await runContainer(engine, { Image: IMAGE, Cmd: ['sh', '-c', command] })).stdout.trim();
}

const engineAnswers = () =>
  expect
    .poll(
      () =>
        engine.ping().then(
          () => true,
          () => false,
        ),
      { timeout: deadline(1), interval: 500 },
    )
    .toBe(true);

test('on every TCP port of the VM, nothing but the TLS listener answers', async () => {
  // The listening sockets as the VM's kernel lists them, seen from inside.
  const { output } = await vm.shell('cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6');
  const rows = output.split('\n').map((row) => row.trim().split(/\s+/));
  const listening = rows.filter(
    (fields) => fields[3] === '0A' || (fields[3] === '07' && fields[1]?.includes(':')),
  );
  const ports = new Set(listening.map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)));
  expect([...ports]).toEqual([2376]);
});

test('from a container, on any network and at any address of the VM, none of its own ports is reached', async () => {
  const prober = await Prober.open(engine);
  const make = (body: object) => engine.request('POST', '/networks/create', { body });
  const IPAM = {
    Config: [
      { Subnet: 'fd00:b::/64', Gateway: 'fd00:b::1' },
      { Subnet: '10.77.0.0/24', Gateway: '10.77.0.1' },
    ],
  };
  expect((await make({ Name: 'walls', EnableIPv6: true, IPAM })).status).toBe(201);
  const PortBindings = { '80/tcp': [{ HostPort: '8080' }] };
  const served = await prober.start({
    Cmd: ['httpd', '-f', '-p', '80'],
    ExposedPorts: { '80/tcp': {} },
    host: { PortBindings },
  });
  const ExtraHosts = ['host.docker.internal:host-gateway'];
  try {
    const [bridge, own] = await Promise.all([
      prober.start({ host: { ExtraHosts } }),
      prober.start({ host: { NetworkMode: 'walls', ExtraHosts } }),
    ]);
    const guest = /inet (10\.0\.2\.\d+)/.exec(await vm.output('ip -4 addr show eth0'))?.[1];
    const scan = `
try gateway attempt scan $(ip route | awk '/default/ {print $3}')
try guest attempt scan ${guest} 2376
try internal attempt scan $(awk '/host.docker.internal/ {print $1}' /etc/hosts) 2376
try six attempt scan fd00:b::1 2376
try host attempt scan 10.0.2.2 ${await vm.port()}`;
    const [fromBridge, fromOwn] = await Promise.all([prober.in(bridge, scan), prober.in(own, scan)]);
    // what a container publishes is there: the scan sees what there is
    expect(fromBridge).toMatchObject({ gateway: 'ok 8080', guest: 'ok', internal: 'ok', host: 'ok' });
    expect(fromOwn).toMatchObject({ guest: 'ok', internal: 'ok', six: 'ok', host: 'ok' });
    expect(fromOwn.gateway).toMatch(/^ok( 8080)?$/);
    // control: without the rules it is reached, by every way
    const off = [
      'cd /run/bulkhead/bin',
      ...['iptables', 'ip6tables'].map((family) => `./${family} -D INPUT -j BULKHEAD-INPUT`),
      './iptables -F DOCKER-USER',
    ];
    expect(await vm.shell(off.join(' && '))).toMatchObject({ status: 0 });
    const open = await prober.in(bridge, scan.replace('{print $3}', '{print $3" 2376"}'));
    expect(open).toMatchObject({
      gateway: 'ok 2376',
      guest: 'ok 2376',
      internal: 'ok 2376',
      host: `ok ${await vm.port()}`,
    });
    expect(await prober.in(own, 'try six attempt scan fd00:b::1 2376')).toEqual({ six: 'ok 2376' });
    await prober.remove(bridge, own);
  } finally {
    const on = ['iptables', 'ip6tables'].map((family) => `./${family} -I INPUT -j BULKHEAD-INPUT`);
    await vm.shell(['cd /run/bulkhead/bin', ...on].join(' && '));
    await prober.remove(served);
  }
});

describe('a service that crashes', () => {
  test.each(['dockerd', 'containerd', 'channel', 'lxcfs', 'authorizer', 'sockets'])(
    '%s is started again; containers go on',
    async (name) => {
      const id = await start('sleep 1000');
      const dockerd = await serviceOf('dockerd');
      await crash(name);
      if (name === 'containerd') {
        // dockerd needs it: it is stopped and started, too
        await expect
          .poll(
            async () => (await askStatus(vm, deadline(1))).services.find((each) => each.name === 'dockerd'),
            {
              timeout: deadline(1),
              interval: 500,
            },
          )
          .toMatchObject({ state: 'ready', pid: expect.not.toSatisfy((pid) => pid === dockerd.pid) });
      }
      await engineAnswers();
      expect((await engine.inspectContainer(id)).State.Running).toBe(true);
      await engine.removeContainer(id, { force: true });
    },
  );

  test('dockerd leaves nothing of a build that was under way: no process, no mount, no secret', async () => {
    const secret = join(vm.folder, 'secret');
    writeFileSync(secret, 'planted\n');
    const line = 'RUN --mount=type=secret,id=planted cat /run/secrets/planted; sleep 123456';
    const left = async () => {
      const { output } = await vm.shell(
        "ps | grep '[s]leep 123456'; grep -E '/var/lib/docker/(buildkit|tmp)' /proc/1/mountinfo; " +
          'find /sys/fs/cgroup/bulkhead/containers -path "*buildkit/*" -type d',
      );
      return output.trim().split('\n').filter(Boolean);
    };
    const build = dockerCli(vm).run(['build', '--no-cache', '--secret', `id=planted,src=${secret}`, '-'], {
      input: `FROM ${IMAGE}\n${line}\n`,
      timeout: deadline(6),
    });
    // the control: all of it is seen while it is there
    const all = [/sleep 123456/, /executor\/.* overlay /, /buildkit-secrets.* tmpfs /, /cgroup/];
    await expect
      .poll(left, { timeout: deadline(2), interval: 1000 })
      .toEqual(expect.arrayContaining(all.map((words) => expect.stringMatching(words))));
    await crash('dockerd');
    expect((await build).status).not.toBe(0);
    await engineAnswers();
    await expect.poll(left, { timeout: deadline(1), interval: 1000 }).toEqual([]);
  });

  test('the warden knows afterwards which id ranges are taken', async () => {
    const first = await start('cat /proc/self/uid_map; sleep 1000');
    await crash('warden');
    const map = await output('cat /proc/self/uid_map');
    expect(map).toMatch(/^0 +\d+ +65536$/);
    expect((await engine.logs(first)).stdout.trim()).not.toBe(map);
    await engine.removeContainer(first, { force: true });
  });

  test('lxcfs shows its files to containers that start afterwards', async () => {
    await crash('lxcfs');
    await expect
      .poll(() => output('grep -c lxcfs /proc/self/mountinfo'), { timeout: deadline(1), interval: 1000 })
      .toMatch(/^[5-9]$/);
  });
});

describe('memory', () => {
  const group = (name: string) => `/sys/fs/cgroup/bulkhead/${name}`;
  /** Whose processes were killed since the VM started. */
  const kills = async () =>
    (await readEvents(vm.paths.events)).flatMap((event) => (event.kind === 'oom' ? [event.oom] : []));

  test('each service has the limits of the table, and PID 1 keeps what it needs', async () => {
    for (const [name, { reason: _, ...limits }] of Object.entries<LimitsRow>(cgroupLimits)) {
      if (name === 'dhcp') continue; // not with this network
      const files = Object.keys(limits).map((file) => `${group(name)}/${file}`);
      const { output } = await vm.shell(`cat ${files.join(' ')}`);
      expect(output.trim().split('\n').map(Number), name).toEqual(Object.values(limits));
    }
    const { output } = await vm.shell(
      `cat /sys/fs/cgroup/init/cgroup.procs; cat /sys/fs/cgroup/init/memory.low ${group('memory.low')}`,
    );
    expect(output.trim().split('\n')).toEqual(['1', String(64 * 2 ** 20), String(protectedMemory)]);
  });

  test('a service that outgrows its limit is killed, told of, and started again; the engine is unharmed', async () => {
    const [before, dockerd] = [await serviceOf('warden'), await serviceOf('dockerd')];
    const id = await start('sleep 1000');
    // init may look, and tell, while the kernel has killed one of them only
    const ofWarden = async () =>
      (await kills()).reduce((all, { name, killed }) => (name === 'warden' ? all + killed : all), 0);
    // what fits is let be: the control
    const inGroup = (command: string) =>
      vm.shell(`sh -c 'echo $$ > ${group('warden')}/cgroup.procs; exec ${command}'`);
    expect(await inGroup('dd if=/dev/zero of=/dev/null bs=48M count=1')).toMatchObject({ status: 0 });
    expect(await ofWarden()).toBe(0);
    expect((await serviceOf('warden')).pid).toBe(before.pid);
    expect(await inGroup('tail /dev/zero')).toMatchObject({ status: 137 });
    await readyAgain('warden', before.restarts);
    expect(await ofWarden()).toBe(2);
    expect((await serviceOf('dockerd')).pid).toBe(dockerd.pid);
    expect((await engine.inspectContainer(id)).State.Running).toBe(true);
    expect(await output('echo made')).toBe('made');
    await engine.removeContainer(id, { force: true });
  });

  test('a container that outgrows its own is told of by its name', async () => {
    const id = await engine.createContainer({
      ...{ Image: IMAGE, Cmd: ['tail', '/dev/zero'] },
      HostConfig: { Memory: 64 * 2 ** 20 },
    });
    await engine.startContainer(id);
    expect(await engine.waitContainer(id)).toBe(137);
    await expect
      .poll(kills, { timeout: deadline(1), interval: 200 })
      .toContainEqual({ of: 'container', name: id, killed: 1 });
    await engine.removeContainer(id);
  });

  test('so are containers that have gone before init has looked', async () => {
    const names = [1, 2, 3, 4, 5].map((number) => `gone-${number}`);
    // faster than any engine: init looks four times a second, and finds most of them removed
    await vm.shell(
      `cd /sys/fs/cgroup/bulkhead/containers && for name in ${names.join(' ')}; do mkdir $name && ` +
        'echo 2M > $name/memory.max && (echo 0 > $name/cgroup.procs; exec tail /dev/zero); rmdir $name; done',
    );
    const gone = async () => (await kills()).filter(({ name }) => name === undefined || names.includes(name));
    await expect
      .poll(async () => (await gone()).length, { timeout: deadline(1), interval: 200 })
      .toBe(names.length);
    expect(await gone()).toEqual(
      expect.arrayContaining(names.map((name) => ({ of: 'container', name, killed: 1 }))),
    );
  });
});

describe('without an answer of the warden', () => {
  test('nothing is created, and the reason is told; what runs can be used, stopped and removed', async () => {
    const id = await start('trap "exit 7" TERM; echo up; while :; do sleep 0.2; done');
    const waiting = await engine.createContainer({ Image: IMAGE, Cmd: ['true'] });
    const { pid } = await serviceOf('warden');
    await vm.shell(`kill -STOP ${pid}`);
    try {
      const started = engine.startContainer(waiting);
      const refused = expect(started).rejects.toThrow('the warden did not answer');
      expect((await engine.execute(id, ['echo', 'hi'])).stdout).toBe('hi\n');
      expect((await engine.logs(id)).stdout).toBe('up\n');
      await engine.stopContainer(id, 60);
      expect((await engine.inspectContainer(id)).State.ExitCode).toBe(7);
      await engine.removeContainer(id);
      await refused;
    } finally {
      await vm.shell(`kill -CONT ${pid}`);
    }
    await engine.startContainer(waiting);
    expect(await engine.waitContainer(waiting)).toBe(0);
    await engine.removeContainer(waiting);
  });

  test('exec goes on without what the warden would have taken away: precedence over the VM', async () => {
    const favoured = await engine.createContainer({
      ...{ Image: IMAGE, Cmd: ['sleep', '1000'] },
      HostConfig: { OomScoreAdj: -500, Ulimits: [{ Name: 'rtprio', Soft: 50, Hard: 50 }] },
    });
    await engine.startContainer(favoured);
    const plain = await start('sleep 1000');
    const has = (id: string) =>
      engine.execute(id, ['sh', '-c', 'cat /proc/self/oom_score_adj; ulimit -r']).then(
        ({ stdout }) => stdout,
        (error: Error) => error.message,
      );
    expect(await has(favoured)).toBe('0\n0\n');
    const { pid } = await serviceOf('warden');
    await vm.shell(`kill -STOP ${pid}`);
    try {
      expect(await has(plain)).toBe('0\n0\n');
      // what was asked for is more than it may have, and there is nobody to ask for less
      expect(await has(favoured)).toMatch(/OCI runtime exec failed/);
    } finally {
      await vm.shell(`kill -CONT ${pid}`);
    }
    expect(await has(favoured)).toBe('0\n0\n');
    for (const id of [favoured, plain]) await engine.removeContainer(id, { force: true });
  });

  test('a container that is created while the warden is started again waits for it', async () => {
    const { pid } = await serviceOf('warden');
    await vm.shell(`kill -9 ${pid}`);
    expect(await output('echo made')).toBe('made');
  });
});

describe('without an answer of the authorizer', () => {
  test('the engine refuses everything and says why; it needs no restart when the authorizer is back', async () => {
    const dockerd = await serviceOf('dockerd');
    const { pid } = await serviceOf('authorizer');
    // nobody can listen there
    const gone = await vm.shell(
      `cd ${AUTHORIZER_FOLDER} && rm plugin.sock && mkdir plugin.sock && kill -9 ${pid}`,
    );
    expect(gone.status, gone.output).toBe(0);
    // dockerd asks again for half a minute before it gives up
    const refused = await engine.request('GET', '/containers/json', { timeout: deadline(2) });
    expect(refused.status).toBe(500);
    expect(String(refused.body)).toMatch(/plugin bulkhead failed with error: .*plugin\.sock: connect/);
    await vm.shell(`rmdir ${AUTHORIZER_SOCKET}`);
    await engineAnswers();
    expect(await output('echo back')).toBe('back');
    expect((await serviceOf('dockerd')).pid).toBe(dockerd.pid);
  });
});

describe('containers that are gone', () => {
  const look = async () => {
    const counts = await vm.shell(
      [
        'echo mounts=$(wc -l < /proc/mounts)',
        'echo marks=$(ls /run/bulkhead/containers | wc -l)',
        'echo staging=$(ls /run/bulkhead/staging | wc -l)',
        'echo cgroups=$(find /sys/fs/cgroup/bulkhead/containers -type d | wc -l)',
        'echo users=$(cat /proc/[0-9]*/uid_map | grep -vc 4294967295)',
        'echo runtime=$(ps | grep -c [c]run)',
        `echo descriptors=$(ls /proc/${(await serviceOf('warden')).pid}/fd | wc -l)`,
      ].join('; '),
    );
    return counts.output;
  };

  test('leave no mount, mark, control group, process, range or descriptor: 32 started at once, a range each', async () => {
    await output('true');
    const before = await look();
    const count = 32; // a hundred, minutes more: npm run bench -- runtime --parallel 100
    const ids = await startMany(engine, { Image: IMAGE, Cmd: ['sleep', '100000'] }, count);
    expect((await engine.listContainers()).filter(({ Id }) => ids.includes(Id))).toHaveLength(count);
    const { output: maps } = await vm.shell('cat /proc/[0-9]*/uid_map | grep -v 4294967295 | sort -u');
    expect(maps.trim().split('\n')).toHaveLength(count);
    await removeMany(engine, ids);
    await expect.poll(look, { timeout: deadline(1), interval: 1000 }).toBe(before);
  }, 1_500_000);

  test('show nothing of their mounts in the VM while they run', async () => {
    const id = await start('sleep 1000');
    const { output: mounts } = await vm.shell('grep -c -E "bulkhead/staging|idmapped" /proc/1/mountinfo');
    expect(mounts.trim()).toBe('0');
    await engine.removeContainer(id, { force: true });
  });
});
