import type { Said } from '../attempt.ts';
import { alone, asks, inside, proof, type Row } from '../row.ts';
import type { Ground } from '../suite/ground.ts';
import { start } from '../suite/start.ts';

/** Seconds for which a container keeps what it took. */
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
    `(exhaust ${what} ${much} ${HELD} > /tmp/${what} 2>&1 &)
     until grep -qE 'ok|errno' /tmp/${what}; do sleep 1; done
     try taken head -1 /tmp/${what}`,
  );
  const { said = '' } = await prober.in(containers.bystander, `try said ${line}`);
  return `took ${taken}; another: ${said}`;
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
    how: 'processes and memory, taken by one container',
    expectation: 'VM and engine stay up, other containers run and start',
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
        memory: {
          ask: async (ground) => {
            const line = "exhaust memory 3000; echo 'memory: '$?";
            const taken = await start(ground, line, { host: { Memory: 256 * 2 ** 20 } });
            return `${taken}; another: ${await start(ground, 'echo runs')}`;
          },
          // the shell's own word of what was killed comes last
          here: /^memory: 137\s+Killed; another: runs$/,
          stock: { same: 'the kernel keeps memory limits there, too' },
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
              `(exhaust keys 1 ${HELD} > /tmp/key 2>&1 &)
               until grep -q last /tmp/key; do sleep 1; done
               try key sed -n 's/^last //p' /tmp/key`,
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
