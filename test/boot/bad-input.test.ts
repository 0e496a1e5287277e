import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runContainer } from '../../host/engine/run.ts';
import { traps } from '../attempts/rows/images.ts';
import { dockerCli } from '../harness/docker-cli.ts';
import { importImage } from '../harness/import-image.ts';
import { type Found, inParallel, Prober } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
let prober: Prober;

/** Of the VM as a whole: what a link of an image could lead to. */
const core = 'try core cat /proc/sys/kernel/core_pattern';
let before: Found;

beforeAll(async () => {
  prober = await Prober.open(await vm.engine());
  before = await prober.run(core);
});
afterAll(async () => {
  // engine and warden are unharmed
  expect(await prober.run(core)).toEqual(before);
});

const many = (count: number, value: (index: number) => [string, string]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => value(index)));

describe('too much of something', () => {
  // Debian's dockerd refuses what it would not hand over (CVE-2026-34040); services/runc/ has limits of its own
  const unseen = 'request body too large for authorization plugin';

  test('an argument of 10 MB', async () => {
    const message = await prober.refusal({ Cmd: ['true', 'x'.repeat(10e6)] });
    expect(message).toContain(unseen);
  });

  test('10 MB of environment', async () => {
    const Env = Array.from({ length: 10_000 }, (_, index) => `V${index}=${'x'.repeat(1000)}`);
    expect(await prober.refusal({ Env })).toContain(unseen);
  });

  test('10,000 mounts', async () => {
    const message = await prober.refusal({ host: { Tmpfs: many(10_000, (n) => [`/mnt/${n}`, '']) } });
    expect(message).toContain('mounts: more than 1000 [rule document; ');
  });
});

describe('odd names', () => {
  test('a mount point with a newline, comma, colon, backslash, space or quotes is that folder and no other', async () => {
    const names = ['a\nb', 'a,ro', 'a:ro', 'a\\040b', `a 'b" c`];
    const Mounts = names.map((name, index) => ({
      Type: 'volume',
      Source: `odd-${index}`,
      Target: `/mnt/${name}`,
    }));
    const list = 'cd /mnt; for n in *; do try "$((i++))" echo "$n"; put "$n/x" 1; done';
    const seen = await prober.run(list, { host: { Mounts } });
    expect(Object.values(seen).sort()).toEqual(names.sort());
  });

  test('a mount point with a NUL is refused', async () => {
    const Mounts = [{ Type: 'volume', Source: 'odd', Target: '/mnt/a\0b' }];
    expect(await prober.refusal({ host: { Mounts } })).toMatch(/invalid|NUL|nul|not allowed/);
  });

  test('names that JavaScript objects have are refused or names', async () => {
    const own = (value: string) => JSON.parse(`{"__proto__":"${value}","constructor":"${value}"}`) as object;
    expect(await prober.refusal({ host: { Sysctls: own('1') } })).toContain('__proto__ is no name');
    expect(await prober.refusal({ host: { Annotations: own('1') } })).toContain('__proto__ is no name');
    expect(await prober.refusal({ Labels: own('1') })).toContain('__proto__ is no name');
  });
});

describe('an image with a link', () => {
  test.each(traps)('%o starts, and the link is not followed in the VM', async (links) => {
    const Image = await importImage(prober.engine, links);
    expect(await prober.refusal({ Image, Tty: true, Cmd: ['true'] })).toBeUndefined();
  });

  test.each(['dev', 'proc', 'sys'])('in the place of /%s is not built upon', async (name) => {
    const image = await importImage(prober.engine, { [name]: '/tmp' });
    const input = `FROM ${image}\nRUN ["true"]\n`;
    const { status, stderr } = await dockerCli(vm).run(['build', '--no-cache', '-'], { input });
    expect(stderr).toContain(`the image's /${name} is no folder: such an image is not run`);
    expect(status).not.toBe(0);
  });
});

test('mount points that are exchanged for links while containers start lead nowhere else (as CVE-2021-30465)', async () => {
  await prober.run('put /volume/mark marked', { host: { Binds: ['race-mark:/volume'] } });
  const Binds = ['race:/race'];
  const line =
    'mkdir -p /race/a/mnt && ln -s /../../../../../../../../ /race/b && exec attempt exchange /race/a /race/b';
  const racing = await prober.start({ host: { Binds }, Cmd: ['sh', '-c', line] });
  try {
    const seen = await inParallel(Array.from({ length: 12 }), 3, async () => {
      // the mount is inside, wherever the link led just then; busybox's `find` follows no links
      const spec = prober.spec({
        Cmd: [
          'sh',
          '-c',
          'find / -xdev -name proc -prune -o -name mnt -print; cat /race/?/mnt/mark /mnt/mark 2>/dev/null',
        ],
        host: { Binds: [...Binds, 'race-mark:/race/a/mnt'] },
      });
      return runContainer(prober.engine, spec).then(
        ({ stdout }) => stdout,
        (error: Error) => error.message,
      );
    });
    const fates = seen.map((text) => /^marked$/m.test(text) || /mount|mnt|race/.test(text));
    expect(fates, seen.join('\n')).not.toContain(false);
    expect(seen.filter((text) => /^marked$/m.test(text)).length).toBeGreaterThan(0);
    expect((await prober.engine.inspectContainer(racing)).State.Running).toBe(true);
  } finally {
    await prober.remove(racing);
  }
});
