import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { encodeFrame } from '../../services/channel/protocol/frame.ts';
import type { Event } from '../../services/channel/protocol/methods.ts';
import { isolatedEnvironment, machinePaths } from '../machine/paths.ts';
import { main } from '../main.ts';

const SECRETS = {
  logged: 'planted-in-a-message-1',
  field: 'planted-in-a-field-2',
  console: 'planted-on-the-console-3',
  qemu: 'planted-in-qemu-4',
  environment: 'planted-in-the-environment-5',
  docker: 'planted-in-docker-6',
  key: 'plantedInAPrivateKey7',
};
const control = 'this is no secret';

function plant(folder: string) {
  const paths = machinePaths('bulkhead', isolatedEnvironment(folder));
  for (const each of [paths.state, paths.data, paths.dockerConfig]) mkdirSync(each, { recursive: true });
  const entry = (message: string, fields?: Record<string, unknown>): Event => ({
    kind: 'log',
    entry: { seq: 1, at: 1, level: 'info', source: 'dockerd', message, ...(fields && { fields }) },
  });
  const events: Event[] = [
    { kind: 'boot', at: 0, bootId: 'b', version: '1' },
    entry(`${control}; proxy http://me:${SECRETS.logged}@proxy.example:3128`),
    entry('login', { token: SECRETS.field, nested: { registry: { password: SECRETS.field } } }),
    entry(`something said ${SECRETS.environment} and ${SECRETS.docker}`),
    entry(`-----BEGIN PRIVATE KEY-----\n${SECRETS.key}\n-----END PRIVATE KEY-----`),
  ];
  writeFileSync(paths.events, Buffer.concat(events.map((event) => encodeFrame(event))));
  writeFileSync(`${paths.events}.1`, Buffer.concat(events.map((event) => encodeFrame(event))));
  writeFileSync(paths.console, `${control}\npassword=${SECRETS.console}\n`);
  writeFileSync(paths.qemuLog, `${control}\nauthorization: Bearer ${SECRETS.qemu}\n`);
  const auth = Buffer.from(`me:${SECRETS.docker}`).toString('base64');
  writeFileSync(
    join(paths.dockerConfig, 'config.json'),
    JSON.stringify({ auths: { 'r.example': { auth } } }),
  );
  return auth;
}

it('support-bundle has what helps and none of the secrets that were planted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bh-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const auth = plant(folder);
  for (const [name, value] of Object.entries({
    ...isolatedEnvironment(folder),
    HOME: folder,
    REGISTRY_TOKEN: SECRETS.environment,
  }))
    vi.stubEnv(name, value);
  const file = join(folder, 'bundle.txt');
  writeFileSync(file, 'old', { mode: 0o644 });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await main(['support-bundle', '--output', file, '--image', join(folder, 'none')])).toBe(0);
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  const text = readFileSync(file, 'utf8');
  // The control: the places in which they were planted are there.
  expect(text.split(control).length - 1).toBeGreaterThanOrEqual(4);
  expect(text).toContain('proxy.example:3128');
  expect(text).toContain('===== status =====');
  expect(text).toContain('there is no image in ~/none');
  expect(text).toContain('(not here: the VM bulkhead is not running');
  for (const secret of [...Object.values(SECRETS), auth, folder]) expect(text).not.toContain(secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
