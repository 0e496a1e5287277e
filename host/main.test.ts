import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedMain } from './captured-main.ts';
import { formatError } from './cli/report.ts';
import { formatStatus } from './cli/status.ts';
import { asHostError, HostError } from './errors.ts';
import { inspectMachine, machineStatus } from './machine/inspect.ts';
import { isolatedEnvironment } from './machine/paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The command line in this process, with state of its own. */
function bulkhead(...args: string[]) {
  return capturedMain(args, isolatedEnvironment(folder));
}

describe('bulkhead', () => {
  it('is a program, and tells its version', () => {
    const bin = fileURLToPath(new URL('bulkhead.mjs', import.meta.url));
    expect(spawnSync(bin, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  }, 30_000);

  it('ends without an error when nobody reads on', () => {
    const bin = fileURLToPath(new URL('bulkhead.mjs', import.meta.url));
    const script = '{ "$0" --help; echo "status $?" >&2; } | true';
    const { stderr } = spawnSync('sh', ['-c', script, bin], { encoding: 'utf8' });
    expect(stderr).toBe('status 0\n');
  }, 30_000);

  it('helps, and returns 2 for wrong usage', async () => {
    expect(await bulkhead('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Exit codes:'),
    });
    expect(await bulkhead('frobnicate')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('frobnicate'),
    });
    expect(await bulkhead('up', '--port', '99999999')).toMatchObject({ status: 2 });
    expect(await bulkhead('status', '--name', '../x')).toMatchObject({ status: 2 });
  });

  it('returns 3 where the VM must run and does not', async () => {
    expect(await bulkhead('docker', 'ps')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('bulkhead up'),
    });
    const status = await bulkhead('status', '--json');
    expect(status.status).toBe(3);
    expect(machineStatus.parse(JSON.parse(status.stdout))).toMatchObject({ state: 'stopped', ok: false });
  });

  it('says what is missing for up, as JSON when asked', async () => {
    const { status, stderr } = await bulkhead('up', '--image', join(folder, 'none'), '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '')).toMatchObject({
      error: { code: 'image-missing', hint: expect.stringContaining('mkimage.sh') },
    });
  });

  it('lists VMs by name, and deletes one only when told twice', async () => {
    const data = join(folder, 'data', 'bulkhead', 'second');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'machine.json'), '{"port":2400}');
    const listed = JSON.parse((await bulkhead('list', '--json')).stdout);
    expect(listed).toEqual([{ name: 'second', running: false, port: 2400, context: 'bulkhead-second' }]);
    expect(await bulkhead('delete', '--name', 'second')).toMatchObject({ status: 2 });
    expect(existsSync(data)).toBe(true);
    expect(await bulkhead('--name', 'second', 'delete', '--yes')).toMatchObject({ status: 0 });
    expect(existsSync(data)).toBe(false);
  });
});

it('formatError() says what happened, what to do, and what the log says', () => {
  const error = new HostError('guest-held', 'the boot was held', {
    hint: 'do this',
    log: ['a\u001b[2J', 'b'],
  });
  expect(formatError(error)).toBe('bulkhead: the boot was held\n  to do: do this\n  log:\n  | a\n  | b\n');
});

it('asHostError() knows a full disk and marks the unknown as a bug', () => {
  expect(asHostError(Object.assign(new Error('x'), { code: 'ENOSPC' })).code).toBe('disk-full');
  expect(asHostError(new TypeError('x')).code).toBe('internal');
});

it('formatStatus() names each link', async () => {
  const text = formatStatus(await inspectMachine({ env: isolatedEnvironment(folder) }));
  for (const label of ['vm', 'process', 'channel', 'engine', 'context'])
    expect(text).toMatch(new RegExp(`^${label} `, 'm'));
});
