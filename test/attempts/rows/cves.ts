import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../image/run.ts';
import { importImage } from '../../harness/import-image.ts';
import type { Outcome } from '../attempt.ts';
import { type Ask, alone, asks, inside, proof, type Row, row } from '../row.ts';
import type { Ground } from '../suite/ground.ts';

const IMAGE = 'bulkhead-test/tools:latest';

/** What is executed when it is loaded makes /loaded, by a system call alone: creat(2). */
const LIBRARY = `__attribute__((constructor)) static void loaded(void) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(85), "D"("/loaded"), "S"(0600) : "rcx", "r11", "memory");
}
`;

/** docker cp from a container whose libraries are all that one. */
async function copiedFromTrap({ engine, docker }: Ground): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bhn-'));
  try {
    const [source, library] = [join(folder, 'library.c'), join(folder, 'library.so')];
    writeFileSync(source, LIBRARY);
    await run('gcc', ['-shared', '-fPIC', '-nostdlib', '-o', library, source]);
    const folders = ['lib', 'lib/x86_64-linux-gnu', 'lib64'];
    const names = ['libnss_files.so.2', 'libnss_compat.so.2', 'libnss_dns.so.2', 'libc.so.6'];
    const Image = await importImage(engine, { 'etc/trap': '/lib' }, [
      ...folders.map((path) => ({ path, mode: 0o755, content: { kind: 'directory' as const } })),
      ...names.map((name) => ({
        path: `lib/x86_64-linux-gnu/${name}`,
        mode: 0o755,
        content: { kind: 'file' as const, source: library },
      })),
    ]);
    const id = await engine.createContainer({ Image, Cmd: ['true'] });
    try {
      const copied = await docker.run(['cp', `${id}:/bin/true`, join(folder, 'copy')]);
      const put = await docker.run(['cp', source, `${id}:/tmp/copy`]);
      const loaded = await docker.run(['cp', `${id}:/loaded`, join(folder, 'loaded')]);
      const said = [copied, put].map(({ status, stderr }) => (status === 0 ? 'copied' : stderr.trim()));
      return `${said.join(', ')}; ${loaded.status === 0 ? 'loaded' : 'not loaded'}`;
    } finally {
      await engine.removeContainer(id, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A build of these lines; what root of the VM then finds is added. */
const build = (
  lines: readonly string[],
  look: string,
  here: Outcome['here'],
  stock: Outcome['stock'],
): Ask => ({
  ask: async (ground) => {
    const input = `FROM ${IMAGE}\n${lines.join('\n')}\n`;
    const { stdout, stderr } = await ground.docker.run(['build', '--progress=plain', '--no-cache', '-'], {
      input,
    });
    return `${stdout}${stderr}${await ground.shell(look)}`;
  },
  here,
  stock,
});

/** A folder on a volume in the place of one that the runtime fills, with links to a setting of the VM. */
const links = (target: string, names: readonly string[], line: string, stock: Outcome['stock']): Ask => ({
  ask: async (ground) => {
    const volume = `attempts-links${target.replaceAll('/', '-')}`;
    const commands = names.map((name) => `ln -sf /proc/sys/kernel/core_pattern /v/${name}`).join('; ');
    await ground.prober.run(commands, { host: { Binds: [`${volume}:/v`] } });
    const message = await ground.prober.refusal({
      Tty: true,
      Cmd: ['sh', '-c', line],
      host: { Binds: [`${volume}:${target}`] },
    });
    const pattern = (await ground.shell('cat /proc/sys/kernel/core_pattern')).trim();
    return `${message === undefined ? 'started' : 'refused'}; ${pattern}`;
  },
  here: /^(started|refused); \|\/bin\/false$/,
  stock,
});

const fixed = (version: string, where = 'the engine of the control is the same') => ({
  same: `fixed in ${version}: ${where}`,
});
const runc = 'the runtime here is crun 1.21';

export const cveRows: readonly Row[] = [
  {
    id: 'CVE-2019-5736',
    name: 'the runtime overwritten through /proc/self/exe',
    class: 'CVEs',
    how: 'row 54',
    expectation: 'nothing is written',
    defence: 'read-only root on dm-verity; a user namespace of its own',
    control: { same: 'the root of the control is on dm-verity, too' },
    vulnerable: `no: ${runc}, which executes a copy of itself`,
    tries: [row('54')],
  },
  {
    id: 'CVE-2019-14271',
    name: "docker cp loads a library of the container's",
    class: 'CVEs',
    how: '`docker cp` from and to an image whose every library makes a file when it is loaded',
    expectation: 'copied, and nothing loaded',
    defence: "the engine's mounts of a root are noexec in the VM: nothing there is mapped as code",
    control: fixed('19.03.1'),
    vulnerable: 'no (26.1.5)',
    tries: [
      asks({
        'docker cp': { ask: copiedFromTrap, here: 'copied, copied; not loaded', stock: { same: 'fixed' } },
      }),
    ],
  },
  {
    id: 'CVE-2020-15257',
    name: "the shim's abstract socket",
    class: 'CVEs',
    how: '`--network=host`: `@/containerd-shim` in `/proc/net/unix`',
    expectation: 'refused by name',
    defence: 'a network namespace of its own, always: abstract sockets belong to it',
    control: { same: 'fixed in 1.3.9: the shim listens in a folder of root, also in the control' },
    vulnerable: 'no (containerd 1.7.24)',
    tries: [
      alone(
        { host: { NetworkMode: 'host' } },
        {
          'abstract sockets': {
            line: "sh -c 'grep -c @/containerd-shim /proc/net/unix'",
            here: /can't share a network namespace with the host/,
            stock: { untried: 'fixed in 1.3.9' },
          },
        },
      ),
    ],
  },
  {
    id: 'CVE-2021-30465',
    name: 'a mount point exchanged for a link meanwhile',
    class: 'CVEs',
    how: 'a container exchanges a folder of a shared volume for a link while others mount on it',
    expectation: 'each mount is inside its container',
    defence:
      'mount points are opened inside the root (openat2, RESOLVE_IN_ROOT) and attached to that descriptor',
    control: fixed('runc 1.0.0-rc95', 'that of the control is newer'),
    vulnerable: `no: ${runc}, and our client makes these mounts`,
    tries: [
      proof(
        'test/boot/bad-input.test.ts',
        'mount points that are exchanged for links while containers start lead nowhere else (as CVE-2021-30465)',
      ),
    ],
  },
  {
    id: 'CVE-2022-0492',
    name: 'release_agent of a control group',
    class: 'CVEs',
    how: '`seccomp=unconfined`: `unshare -Urm`, `mount -t cgroup -o rdma`, `release_agent` written',
    expectation: 'no such file system',
    defence: 'cgroup v2 only; kernel.usermodehelper.bset leaves such a program no capability',
    control: { same: 'the kernel is the same: fixed in 5.17, and it mounts no controller the old way' },
    vulnerable: 'no (kernel 7.3.4)',
    tries: [
      inside('strong', {
        'mount of the old kind': {
          line: "unshare -Urm sh -c 'mount -t cgroup -o rdma cgroup /mnt && echo /tmp/x > /mnt/release_agent && echo written'",
          here: /permission denied|No such device|Invalid|not permitted|can't create|failed/,
          stock: { same: 'as above' },
        },
      }),
    ],
  },
  {
    id: 'CVE-2022-0811',
    name: 'one setting smuggled in with another (its class: CRI-O)',
    class: 'CVEs',
    how: '`--sysctl kernel.shm_rmid_forced=1+kernel.core_pattern=|/x`',
    expectation: 'refused, or written to that file alone; core_pattern is as before',
    defence:
      'settings are written by crun, one file each, in the namespaces of the container; a list of names',
    control: { same: 'plain runc writes one file each, too' },
    vulnerable: 'no: it was CRI-O that split them',
    tries: [
      asks({
        'a value with a plus': {
          ask: async ({ prober }) => {
            const message = await prober.refusal({
              host: { Sysctls: { 'kernel.shm_rmid_forced': '1+kernel.core_pattern=|/x' } },
            });
            return message === undefined ? 'started' : 'refused';
          },
          here: 'refused',
          stock: { same: 'the kernel takes no such value' },
        },
      }),
    ],
  },
  {
    id: 'CVE-2024-21626',
    name: 'a working directory that the runtime has open',
    class: 'CVEs',
    how: 'row 52',
    expectation: 'refused by name',
    defence: 'the warden; the client closes what it does not need',
    control: fixed('runc 1.1.12', 'that of the control is newer'),
    vulnerable: `no: ${runc}`,
    tries: [row('52')],
  },
  {
    id: 'CVE-2024-23651',
    name: "a cache's folder exchanged for a link",
    class: 'CVEs',
    how: 'a build puts a link to `/` into a cache, then mounts it: `--mount=type=cache,source=link`',
    expectation: "no file of the VM's is seen",
    defence: 'the warden judges what was opened, by device and inode: anything of the VM is no source',
    control: fixed('BuildKit 0.12.5'),
    vulnerable: 'no (BuildKit 0.13 in 26.1.5)',
    tries: [
      asks({
        'a link in a cache': build(
          [
            'RUN --mount=type=cache,target=/c,id=attempts ln -sfn / /c/link',
            'RUN --mount=type=cache,target=/h,id=attempts,source=link ls /h/run/bulkhead || echo nothing',
          ],
          'echo',
          /(nothing|failed|not found|not a directory|restricted host mount)/i,
          { same: 'fixed' },
        ),
      }),
    ],
  },
  {
    id: 'CVE-2024-23652',
    name: 'a folder of the VM deleted by cleaning up',
    class: 'CVEs',
    how: "a build's step exchanges the parent of a mount point for a link to a folder of the VM",
    expectation: 'the folder is there afterwards',
    defence:
      "BuildKit's own; it is root of the VM, and nothing of ours is between: this is up to its version",
    control: fixed('BuildKit 0.12.5'),
    vulnerable: 'no (BuildKit 0.13 in 26.1.5)',
    tries: [
      asks({
        'a mount point behind a link': build(
          ['RUN --mount=type=tmpfs,target=/trap/folder mv /trap /moved; ln -s /run/canary /trap; true'],
          'ls -d /run/canary/folder',
          /\/run\/canary\/folder$/m,
          { same: 'fixed' },
        ),
      }),
    ],
  },
  {
    id: 'CVE-2024-23653',
    name: "a build's container with all privileges, unasked",
    class: 'CVEs',
    how: '`RUN --security=insecure` without the right to it',
    expectation: 'refused by name',
    defence: 'what BuildKit starts passes through the warden: privileged or not, in ids of its own',
    control: fixed('BuildKit 0.12.5'),
    vulnerable: 'no (BuildKit 0.13 in 26.1.5)',
    tries: [row('59'), proof('test/boot/build.test.ts', 'the entitlement security.insecure is refused')],
  },
  {
    id: 'CVE-2024-41110',
    name: 'a body that the plugin does not see (and CVE-2026-34040)',
    class: 'CVEs',
    how: 'row 63: no length and then a body; more than 1 MiB',
    expectation: 'refused: the body did not get to the plugin',
    defence: 'the authorizer refuses where a body is needed and not there; the warden judges what is started',
    control: 'without a plugin they are made (row 63)',
    vulnerable: 'patched by Debian, up to 4 MiB; the authorizer refuses from 1 MiB on',
    tries: [row('63')],
  },
  {
    id: 'CVE-2025-9074',
    name: "the engine's API at an address that containers reach (its class: Docker Desktop)",
    class: 'CVEs',
    how: "`attempt scan` of the VM's addresses, ports 2375, 2376, 4243, from a container",
    expectation: 'no port is reached',
    defence: 'the firewall; behind it mutual TLS, and the authorizer',
    control:
      'once the firewall is off the port is reached, and asks for a certificate (crash.test.ts, closed.test.ts)',
    vulnerable: 'no: there is no listener without TLS',
    tries: [
      proof(
        'test/boot/crash.test.ts',
        'from a container, on any network and at any address of the VM, none of its own ports is reached',
      ),
      proof(
        'test/boot/closed.test.ts',
        'one port, on whatever address of the VM: without the firewall, too, a container needs its certificate',
      ),
    ],
  },
  {
    id: 'CVE-2025-31133',
    name: '/dev/null a link when paths are hidden',
    class: 'CVEs',
    how: "a volume on `/dev` whose `null`, `zero` and `full` lead to core_pattern: `echo '|/x' > /proc/kcore`",
    expectation: 'refused, or started without the link being followed; core_pattern is as before',
    defence:
      'paths are hidden by crun inside the user namespace; whatever is bound there, the setting is not writable',
    control: { same: "docker's runc has Debian's fix, or /proc/sys is read-only when it is followed" },
    vulnerable: `no: ${runc}`,
    tries: [
      asks({
        'a volume on /dev': links(
          '/dev',
          ['null', 'zero', 'full'],
          "echo '|/x' > /proc/kcore; echo '|/x' > /proc/keys",
          {
            same: 'as above',
          },
        ),
      }),
    ],
  },
  {
    id: 'CVE-2025-52565',
    name: '/dev/console a link when a terminal is mounted on it',
    class: 'CVEs',
    how: 'with a terminal: a volume on `/dev` whose `console`, `ptmx` and `pts` lead to core_pattern',
    expectation: 'refused, or started without the link being followed; core_pattern is as before',
    defence: 'as CVE-2025-31133',
    control: { same: 'as CVE-2025-31133' },
    vulnerable: `no: ${runc}`,
    tries: [
      asks({
        'a terminal on a link': links('/dev', ['console', 'ptmx'], "echo '|/x' > /dev/console", {
          same: 'as above',
        }),
      }),
      row('53'),
    ],
  },
  {
    id: 'CVE-2025-52881',
    name: 'what the runtime writes to /proc led elsewhere',
    class: 'CVEs',
    how: 'a volume on `/proc/self/attr`, `/proc/sys/net` and `/proc`, with links to core_pattern',
    expectation: 'refused, or started; core_pattern is as before',
    defence:
      'whatever crun is led to it writes without power over the VM: it is inside the user namespace by then',
    control: { same: 'plain runc refuses mounts below /proc' },
    vulnerable: `no: ${runc}`,
    tries: [
      asks(
        Object.fromEntries(
          ['/proc/self/attr', '/proc/sys/net', '/proc'].map((target) => [
            `a volume on ${target}`,
            links(target, ['exec', 'current'], 'true', { same: 'refused' }),
          ]),
        ),
      ),
    ],
  },
  {
    id: 'CVE-2026-6406',
    name: "the engine's socket by a member that is not looked at (its class: Docker Desktop)",
    class: 'CVEs',
    how: '`--use-api-socket`, that is HostConfig.Mounts instead of Binds: `/var/run/docker.sock`',
    expectation: 'refused by name',
    defence: 'the authorizer looks at both; the warden at what is mounted in the end, whoever asked and how',
    control: 'the socket is there',
    vulnerable: 'no: it was the proxy of Docker Desktop',
    tries: [
      alone(
        {
          host: {
            Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/var/run/docker.sock' }],
          },
        },
        {
          'by Mounts': {
            line: "sh -c 'test -S /var/run/docker.sock && echo socket'",
            here: /docker socket mount denied/,
            stock: 'socket',
          },
        },
      ),
    ],
  },
];
