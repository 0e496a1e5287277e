import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dockerCli } from '../harness/docker-cli.ts';
import { share } from '../harness/share.ts';

const docker = dockerCli(share('shared'));
const folder = mkdtempSync(join(tmpdir(), 'bhc-'));
const compose = (...args: string[]) => docker.run(['compose', '--ansi', 'never', ...args], { cwd: folder });
afterAll(async () => {
  await compose('down', '--volumes', '--timeout', '0');
  rmSync(folder, { recursive: true, force: true });
});

/** The sidecar is in the server's namespaces, and so in its ids; the client waits for a health check. */
const project = `name: three
services:
  server:
    image: bulkhead/hello
    command: [httpd, -f, -p, "80", -h, /data]
    volumes: [data:/data]
    healthcheck: { test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/page"], interval: 1s, retries: 100 }
  sidecar:
    image: bulkhead/hello
    network_mode: service:server
    pid: service:server
    volumes: [data:/data]
    depends_on: [server]
    command:
      - sh
      - -c
      - |
        cat /proc/self/uid_map /proc/1/uid_map > /data/maps
        ps | grep -q '[h]ttpd -f' && chown 1000:1001 /data/maps && echo hello > /data/page
        exec sleep 100000
  client:
    image: bulkhead/hello
    depends_on: { server: { condition: service_healthy } }
    networks: [default]
    volumes: [data:/data:ro]
    command: [sh, -c, "cat /proc/self/uid_map; wget -q -O - http://server/page http://server/maps; stat -c %u:%g /data/maps"]
volumes: { data: {} }
`;

test('a project with a sidecar, a health check, a network by name and a volume', async () => {
  writeFileSync(join(folder, 'compose.yaml'), project);
  const up = await compose('up', '--no-log-prefix', '--attach', 'client', '--exit-code-from', 'client');
  expect(up.status, up.stdout + up.stderr).toBe(0);
  const { stdout } = await docker.run(['logs', 'three-client-1']);
  const [own, page, first, second, owner] = stdout.split('\n').map((line) => line.trim());
  expect(own).toMatch(/^0 +[1-9]\d{5,} +65536$/);
  expect(page).toBe('hello');
  expect(first).toMatch(/^0 +[1-9]\d{5,} +65536$/);
  expect(second).toBe(first);
  expect(first).not.toBe(own);
  expect(owner).toBe('1000:1001');
});
