import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dockerCli } from '../harness/docker-cli.ts';
import { share } from '../harness/share.ts';

const vm = share('shared');
const docker = dockerCli(vm);
const folder = mkdtempSync(join(tmpdir(), 'bhb-'));
const HELLO = 'bulkhead/hello:latest';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function build(dockerfile: string, ...options: string[]) {
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  const { status, stdout, stderr } = await docker.run(
    ['build', '--progress=plain', '--no-cache', ...options, folder],
    { timeout: 300_000 },
  );
  return { status, said: stdout + stderr };
}

test('a build runs as root of its own ids, with cache, secret, bind from another stage, and keeps owners', async () => {
  writeFileSync(join(folder, 'secret'), 'only-at-build');
  const { status, said } = await build(
    `
FROM ${HELLO} AS one
RUN cat /proc/self/uid_map && id && echo built > /built && chown 1000:1001 /built
RUN --mount=type=cache,target=/cache echo kept > /cache/x && ls -l /cache
RUN --mount=type=secret,id=s cat /run/secrets/s
FROM ${HELLO}
COPY --from=one /built /built
RUN --mount=type=bind,from=one,source=/,target=/one cat /one/built && ls -ln /built && ! touch /one/x
`,
    ...['--secret', `id=s,src=${join(folder, 'secret')}`, '--tag', 'bulkhead-test/built'],
  );
  expect(said).toMatch(/ 0 +[1-9]\d{5,} +65536/);
  expect(said).toContain('only-at-build');
  expect(said).toMatch(/-rw-r--r-- +1 1000 +1001 /);
  expect(status, said).toBe(0);
  const { stdout } = await docker.run(['run', '--rm', 'bulkhead-test/built', 'ls', '-ln', '/built']);
  expect(stdout).toMatch(/1000 +1001/);
});

test('--network=host is refused in the known words', async () => {
  const { status, said } = await build(`FROM ${HELLO}\nRUN ip address\n`, '--network=host');
  expect(said).toContain("can't share a network namespace with the host");
  expect(status).toBe(1);
});

test('the entitlement security.insecure is refused', async () => {
  const { status, said } = await build(
    `FROM ${HELLO}\nRUN --security=insecure id\n`,
    ...['--allow', 'security.insecure'],
  );
  expect(said).toMatch(/security\.insecure is not allowed/);
  expect(status).toBe(1);
});
