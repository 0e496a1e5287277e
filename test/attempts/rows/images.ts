import { execFrom } from '../../harness/exec-from.ts';
import { importImage } from '../../harness/import-image.ts';
import type { Asked } from '../../harness/probes.ts';
import { asks, proof, type Row } from '../row.ts';
import type { Ground } from '../suite/ground.ts';
import { start } from '../suite/start.ts';

/** `exec` goes on while the warden is away (docs/runtime.md): then crun's own look is left. */
const byCrun =
  /chdir to `\/proc\/self\/fd\/\d+`: (Not a directory|No such file or directory|Permission denied)/;
const workingDirectory = /working directory \/proc\/self\/fd\/\d+ is not allowed/;
/** What runtimes have had open there; refusals.test.ts tries all up to 20. */
const numbers = [3, 6, 7, 8, 9];

/** What an image could have where runtimes open files by name: CVE-2025-31133, CVE-2025-52565. */
export const traps: readonly Readonly<Record<string, string>>[] = [
  { dev: '/tmp' }, // dockerd puts folders over these three
  { proc: '/tmp' },
  { sys: '/tmp' },
  { 'dev/null': '/proc/sys/kernel/core_pattern' },
  { 'dev/console': '/proc/sys/kernel/core_pattern' },
  { 'etc/hosts': '/../../../../proc/sys/kernel/core_pattern' },
];

/** Starts a container of an image with links. @returns what the VM's setting is afterwards, that they lead to */
async function trapped(
  ground: Ground,
  links: Readonly<Record<string, string>>,
  asked: Asked = {},
): Promise<string> {
  const Image = await importImage(ground.engine, links);
  await start(ground, 'true', { Image, Tty: true, Cmd: ['true'], ...asked });
  return (await ground.shell('cat /proc/sys/kernel/core_pattern')).trim();
}

/** A container writes to whatever program enters it, while commands are executed in it that are that program itself. */
async function overwritten({ prober }: Ground): Promise<string> {
  const line = `while :; do for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in *busybox|*docker-init|'') ;; *) echo x >> $p/exe && echo written >> /log; echo tried >> /log;; esac; done 2>/dev/null; done`;
  const id = await prober.start({ Cmd: ['sh', '-c', line] });
  try {
    for (let count = 0; count < 5; count += 1)
      await execFrom(prober.engine, id, ['/proc/self/exe', '--version']);
    const { log = '' } = await prober.in(id, 'try log sort -u /log');
    return log.includes('written') ? 'written' : 'not written';
  } finally {
    await prober.remove(id);
  }
}

export const imageRows: readonly Row[] = [
  {
    id: '52',
    name: 'a working directory that the runtime has open',
    class: 'images and runtime files',
    how: '`-w /proc/self/fd/N` of run and exec',
    expectation: 'refused by name',
    defence:
      'the warden: no link of /proc on the way; the client closes what it does not need; crun looks again',
    control: { same: 'runc since 1.1.12 looks where it is (CVE-2024-21626)' },
    tries: [
      asks({
        'exec -w': {
          ask: async ({ engine, containers }) => {
            const said = [];
            for (const number of numbers)
              said.push(
                await execFrom(engine, containers.plain, ['pwd'], { WorkingDir: `/proc/self/fd/${number}` }),
              );
            const left = said.filter((text) => !workingDirectory.test(text));
            if (left.length === 0) return 'all refused';
            return left.every((text) => byCrun.test(text))
              ? `refused by crun alone, as while the warden is away: ${left.join('; ')}`
              : left.join('\n');
          },
          here: 'all refused',
          stock: { untried: 'in other words each time; see the control' },
        },
        'run -w': {
          ask: (ground) => start(ground, 'pwd', { WorkingDir: '/proc/self/fd/8' }),
          here: workingDirectory,
          stock: { untried: 'in other words each time; see the control' },
        },
      }),
      proof('test/boot/refusals.test.ts', '-w /proc/self/fd/%i is refused'),
    ],
  },
  {
    id: '53',
    name: 'links in the image where runtimes open files',
    class: 'images and runtime files',
    how: 'an image whose `/dev/null`, `/dev/console`, `/etc/hosts` lead to `/proc/sys/kernel/core_pattern`; with a terminal',
    expectation: 'it starts, and the link is not followed in the VM',
    defence:
      'mount points are resolved inside the root (openat2); an image with a link for /dev, /proc or /sys is not run',
    control: {
      same: 'plain runc has a file system of its own on /dev before it opens anything there, and resolves inside the root',
    },
    tries: [
      asks(
        Object.fromEntries(
          traps.slice(3).map((links) => [
            `a link for ${Object.keys(links)[0]}`,
            {
              ask: (ground: Ground) => trapped(ground, links),
              here: '|/bin/false',
              stock: { same: 'as above' },
            },
          ]),
        ),
      ),
      proof('test/boot/bad-input.test.ts', 'in the place of /%s is not built upon'),
    ],
  },
  {
    id: '54',
    name: 'the runtime, overwritten',
    class: 'images and runtime files',
    how: '`docker exec … /proc/self/exe` while the container writes to `/proc/*/exe`',
    expectation: 'nothing is written',
    defence:
      "the runtime is a file of the root, which is read-only, on dm-verity, and the VM's; a user namespace of its own",
    control: { same: 'the root of the control is on dm-verity, too' },
    tries: [
      asks({
        'exec of the runtime itself': { ask: overwritten, here: 'not written', stock: { same: 'as above' } },
      }),
    ],
  },
];
