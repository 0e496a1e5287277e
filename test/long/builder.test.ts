import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dockerCli } from '../harness/docker-cli.ts';
import { CACHE, ROOT, TestVm } from '../harness/vm.ts';
import { builderBase } from './builder-base.ts';

const vm = new TestVm('builder');
const folder = mkdtempSync(join(tmpdir(), 'bhb-'));
/** Milliseconds: a compiler, npm and an image build, all emulated. */
const PATIENT = 3 * 3_600_000;
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await vm.dispose();
});

const mkimage = (...options: string[]): string =>
  execFileSync(join(ROOT, 'mkimage.sh'), options, {
    env: { ...process.env, BULKHEAD_CACHE: CACHE },
    encoding: 'utf8',
  });

test(
  'Dockerfile.builder, built in the VM, gives the bytes that this machine gives',
  async () => {
    const docker = dockerCli(vm);
    const run = async (...args: string[]) => {
      const { status, stdout, stderr } = await docker.run(args, { timeout: PATIENT, cwd: ROOT, shown: true });
      expect(status, stdout + stderr).toBe(0);
    };
    const [keys, there, here] = ['keys', 'there', 'here'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkimage('keygen', keys);
    const base = await builderBase(folder);
    await vm.start({ memory: 6144, diskSize: 16 * 2 ** 30 });
    await run(
      'import',
      ...base.changes.flatMap((change) => ['--change', change]),
      base.tar,
      'bulkhead-test/node',
    );
    mkdirSync(there);
    await run(
      ...[
        'build',
        '--progress',
        'plain',
        '--file',
        'Dockerfile.builder',
        '--build-arg',
        'BASE=bulkhead-test/node',
      ],
      ...base.hosts.flatMap((host) => ['--add-host', host]),
      ...['bulkhead.key', 'db.key', 'PK.crt', 'KEK.crt', 'db.crt'].flatMap((id) => [
        '--secret',
        `id=${id},src=${join(keys, id)}`,
      ]),
      ...['--output', there, '.'],
    );
    mkimage(
      'build',
      '--key',
      join(keys, 'bulkhead.key'),
      '--locked',
      join(there, 'packages.lock'),
      '--out',
      here,
    );
    expect(readdirSync(there).sort()).toEqual(readdirSync(here).sort());
    for (const name of readdirSync(here))
      expect(readFileSync(join(there, name)).equals(readFileSync(join(here, name))), name).toBe(true);
  },
  PATIENT,
);
