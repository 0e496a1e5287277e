import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DockerCli, dockerCli } from '../harness/docker-cli.ts';
import { type Found, found, Prober, probing } from '../harness/probes.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const cli: DockerCli = dockerCli(vm);
const folder = mkdtempSync(join(tmpdir(), 'bhf-'));
let prober: Prober;
let id: string;

beforeAll(async () => {
  prober = await Prober.open(await vm.engine());
  id = await prober.start({ host: { Binds: ['files-owners:/volume'], Tmpfs: { '/tmpfs': '' } } });
});
afterAll(async () => {
  await prober.remove(id);
  await prober.engine.request('DELETE', '/images/bulkhead-test%2Fcommitted:latest?force=1');
  rmSync(folder, { recursive: true, force: true });
});

async function docker(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.run(args);
  expect(status, `docker ${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout.trim();
}

const owners = `
for path in /home/own /volume/own /tmpfs/own /home/hard /home/link; do try owner-$path stat -c %u:%g $path; done
try links stat -c %h /home/hard
`;
const shown = {
  'owner-/home/own': '1000:1001',
  'owner-/volume/own': '1000:1001',
  'owner-/tmpfs/own': '1000:1001',
  'owner-/home/hard': '0:0',
  'owner-/home/link': '1000:1000',
  links: '2',
};
/** A tmpfs is empty after each start. */
const make = `
for path in /home/own /volume/own /tmpfs/own; do echo own > $path; chown 1000:1001 $path; done
`;

test('owners are the same inside after four restarts and four pauses', async () => {
  await prober.in(
    id,
    `${make} echo hard > /home/hard; ln /home/hard /home/other; ln -s own /home/link; chown -h 1000:1000 /home/link`,
  );
  expect(await prober.in(id, owners)).toEqual(shown);
  for (let round = 0; round < 4; round++) await docker('restart', '-t', '0', id);
  await prober.in(id, 'echo own > /tmpfs/own; chown 1000:1001 /tmpfs/own');
  for (let round = 0; round < 4; round++) {
    await docker('pause', id);
    await docker('unpause', id);
  }
  expect(await prober.in(id, owners)).toEqual(shown);
});

test('another container, with another range, sees the same owners on a volume', async () => {
  const { owner, map } = await prober.run(
    'try owner stat -c %u:%g /volume/own\ntry map cat /proc/self/uid_map',
    { host: { Binds: ['files-owners:/volume'] } },
  );
  expect(owner).toBe('1000:1001');
  expect(map).not.toBe((await prober.in(id, 'try map cat /proc/self/uid_map')).map);
});

test.each(['running', 'stopped'])(
  'docker cp of a %s container has the owners that it sees',
  async (state) => {
    const tree = join(folder, state);
    mkdirSync(tree);
    writeFileSync(join(tree, 'in'), `into the ${state}\n`);
    if (state === 'stopped') await prober.engine.stopContainer(id, 0);
    await docker('cp', join(tree, 'in'), `${id}:/home/${state}`);
    await docker('cp', `${id}:/home/own`, join(tree, 'out'));
    const { body } = await prober.engine.request('GET', `/containers/${id}/archive?path=/volume/own`);
    if (state === 'stopped') await prober.engine.startContainer(id);
    expect(readFileSync(join(tree, 'out'), 'utf8')).toBe('own\n');
    expect(ownersIn(body)).toEqual({ own: '1000:1001' });
    expect(
      await prober.in(id, `try text cat /home/${state}\ntry owner stat -c %u:%g /home/${state}`),
    ).toMatchObject({
      text: `into the ${state}`,
      owner: '0:0',
    });
  },
);

test('docker diff tells what was changed and nothing else', async () => {
  const lines = (await docker('diff', id)).split('\n').sort();
  const names = ['hard', 'link', 'other', 'own', 'running', 'stopped'].map((name) => `A /home/${name}`);
  expect(lines.filter((line) => line.includes('/home/'))).toEqual(names);
  // docker-init is mounted there: --init
  const known =
    /^(A \/home\/\w+|C \/home|C \/bin|A \/bin\/docker-init|[AC] \/(volume|tmpfs|etc|etc\/(hosts|hostname|resolv\.conf)))$/;
  expect(lines.filter((line) => !known.test(line))).toEqual([]);
});

test('docker commit and export keep owners, hard links and capabilities of files', async () => {
  const set = await prober.in(
    id,
    'mkdir /home/cap; cp /bin/busybox /home/cap\ntry set attempt set-capability /home/cap/busybox',
  );
  expect(set.set).toBe('ok');
  await docker('commit', id, 'bulkhead-test/committed:latest');
  const script = `${owners}\ntry caps /home/cap/busybox grep CapEff /proc/self/status`;
  const seen: Found = found(
    await docker('run', '--rm', '--user', '1000', 'bulkhead-test/committed:latest', ...probing(script)),
  );
  expect(seen).toMatchObject({
    'owner-/home/own': '1000:1001',
    'owner-/home/link': '1000:1000',
    links: '2',
    caps: 'CapEff:\t0000000000000400',
  });
  const exported = join(folder, 'export.tar');
  await docker('export', '-o', exported, id);
  expect(ownersIn(readFileSync(exported))).toMatchObject({
    'home/own': '1000:1001',
    'home/link': '1000:1000',
  });
});

/** Owners by path in a tar file, as far as paths are short. */
function ownersIn(tar: Buffer): Record<string, string> {
  const all: Record<string, string> = {};
  const octal = (at: number, length: number) =>
    Number.parseInt(tar.toString('latin1', at, at + length), 8) || 0;
  for (
    let at = 0;
    at + 512 <= tar.length && tar[at] !== 0;
    at += 512 + Math.ceil(octal(at + 124, 11) / 512) * 512
  ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    all[name] = `${octal(at + 108, 7)}:${octal(at + 116, 7)}`;
  }
  return all;
}
