import { persistently } from '../../harness/persistent.ts';
import type { Said } from '../attempt.ts';
import { alone, asks, inside, proof, type Row } from '../row.ts';
import type { Ground } from '../suite/ground.ts';
import { start } from '../suite/start.ts';

/** Seconds for which a container keeps what it took. It says so below /dev/shm: another attempt has the disk full. */
const HELD = 25;

/** One container takes all it can of something and keeps it. @returns what another then gets of it */
async function whileExhausted(
  { prober, containers }: Ground,
  what: string,
  much: number,
  line: string,
): Promise<string> {
  const { taken = '' } = await prober.in(
    containers.plain,
    `(exhaust ${what} ${much} ${HELD} > /dev/shm/${what} 2>&1 &)
     until grep -qE 'ok|errno' /dev/shm/${what}; do sleep 1; done
     try taken head -1 /dev/shm/${what}`,
  );
  const { said = '' } = await prober.in(containers.bystander, `try said ${line}`);
  return `took ${taken}; another: ${said}`;
}

/** One container is ended for the memory it takes, another takes the disk to its last block. @returns what others get meanwhile */
async function memoryAndDisk(ground: Ground): Promise<string> {
  const { prober, containers } = ground;
  const line = "exhaust memory 3000; echo 'memory: '$?";
  const memory = await start(ground, line, { host: { Memory: 256 * 2 ** 20 } });
  const another = await start(ground, 'echo runs');
  try {
    const { free = '' } = await prober.in(
      containers.strong,
      `fallocate -l 64G /full 2> /dev/null; dd if=/dev/zero of=/rest bs=64k count=1024 2> /dev/null
       try free sh -c "df -P / | awk 'END { print \\$4 }'"`,
    );
    const { said = '' } = await prober.in(containers.bystander, 'try said echo runs');
    const refused = await start(ground, 'echo runs');
    return `${memory}; another: ${another}; free: ${free}; one that runs: ${said}; another: ${refused}`;
  } finally {
    await persistently(() => prober.in(containers.strong, 'rm -f /full /rest'));
  }
}

const exhausted = (
  what: string,
  much: number,
  line: string,
  here: Said,
  stock: Said | { same: string } | { untried: string },
) => ({
  ask: (ground: Ground) => whileExhausted(ground, what, much, line),
  here,
  stock,
});

/** `Killed`: the shell's, of what was ended. */
const fullAndFreed =
  /^memory: 137\s+Killed; another: runs; free: 0; one that runs: runs; another: [^;]*no space left on device[^;]*; then: runs$/;

export const sharedRows: readonly Row[] = [
  {
    id: '64',
    name: 'files of lxcfs',
    class: 'shared resources and helpers',
    how: '`--cap-add SYS_ADMIN`: written, after a remount too; `ls /proc/meminfo/..`',
    expectation: 'read-only or denied; no way upwards',
    defence: 'bound file by file, read-only; lxcfs says no to the rest',
    control: { untried: 'plain runc binds none of them' },
    tries: [
      alone(
        { host: { CapAdd: ['SYS_ADMIN'] } },
        {
          written: {
            line: 'put /proc/meminfo 1',
            here: /Read-only|denied/,
            stock: { untried: 'it has none' },
          },
          'after a remount': {
            line: "sh -c 'attempt remount /proc/meminfo rw; echo 1 > /proc/meminfo'",
            here: /Read-only|denied|not permitted|Invalid|can't create/,
            stock: { untried: 'it has none' },
          },
          upwards: {
            line: 'ls /proc/meminfo/..',
            here: /Not a directory/,
            stock: { untried: 'it has none' },
          },
        },
      ),
      proof(
        'test/boot/limits.test.ts',
        'the files that show limits cannot be written, even with SYS_ADMIN, nor be left upwards',
      ),
    ],
  },
  {
    id: '65',
    name: 'lxcfs, killed',
    class: 'shared resources and helpers',
    how: 'kill -9 of lxcfs in the VM',
    expectation: 'it is started again; containers that start afterwards have its files',
    defence: 'the supervisor',
    control: { untried: 'the control has the same supervisor' },
    tries: [proof('test/boot/crash.test.ts', 'lxcfs shows its files to containers that start afterwards')],
  },
  {
    id: '66',
    name: 'all there is of something',
    class: 'shared resources and helpers',
    how: 'processes, memory and space on the disk, taken by one container',
    expectation:
      'VM and engine stay up, other containers run and start; on a full disk those that run go on, and others are refused until there is room again',
    defence:
      'a limit of processes; one for all of them that leaves the VM some; PID 1 and engine are ended last when memory is short',
    control: 'no limit of processes',
    tries: [
      inside('plain', {
        'limit of processes': { line: 'cat /sys/fs/cgroup/pids.max', here: /^\d+$/, stock: 'max' },
      }),
      asks({
        processes: exhausted('forks', 20_000, 'echo runs', /^took \d+ errno 11; another: runs$/, {
          untried: 'it would take them from all rows that come after it',
        }),
        // after each other: where the disk is full, nothing is started
        'memory, disk, and freed again': {
          ask: async (ground) => `${await memoryAndDisk(ground)}; then: ${await start(ground, 'echo runs')}`,
          here: fullAndFreed,
          stock: { same: 'the kernel keeps memory limits there, too, and the disk is one for all' },
        },
      }),
    ],
  },
  {
    id: '67',
    name: "another container's keys",
    class: 'shared resources and helpers',
    how: '`--privileged`: keyctl(2), KEYCTL_DESCRIBE of a key by its number',
    expectation: '`EACCES`',
    defence: 'ids of its own: the key belongs to another user',
    control: 'it is described: both are the same user',
    tries: [
      asks({
        describe: {
          ask: async ({ prober, containers }) => {
            const { key = '' } = await prober.in(
              containers.strong,
              `(exhaust keys 1 ${HELD} > /dev/shm/key 2>&1 &)
               until grep -q last /dev/shm/key; do sleep 1; done
               try key sed -n 's/^last //p' /dev/shm/key`,
            );
            const { said = '' } = await prober.in(
              containers.privileged,
              `try said attempt keyctl-describe ${key}`,
            );
            return said;
          },
          here: 'errno EACCES',
          stock: /^ok/,
        },
      }),
    ],
  },
  {
    id: '68',
    name: 'power and heat of the machine',
    class: 'shared resources and helpers',
    how: '`/sys/devices/virtual/powercap`, `/sys/devices/system/cpu/cpu0/thermal_throttle`',
    expectation: 'hidden',
    defence: 'paths that the warden hides (`services/warden/decision/hidden-paths.ts`)',
    control: { untried: 'an emulated machine has neither' },
    tries: [
      inside('plain', {
        'powercap and thermal_throttle': {
          line: "sh -c 'find /sys/devices/virtual/powercap /sys/devices/system/cpu/cpu0/thermal_throttle -type f 2>/dev/null | grep -c .'",
          here: /^0/,
          stock: { untried: 'an emulated machine has neither' },
        },
      }),
    ],
  },
];
