import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { flavourImage } from '../../image/flavour-image.ts';
import { share } from '../harness/share.ts';
import { ROOT } from '../harness/vm.ts';

const vm = share('shared'); // nothing here changes its settings
const folder = mkdtempSync(join(tmpdir(), 'bh-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** The program as a person runs it. */
function bulkhead(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...vm.env, XDG_CONFIG_HOME: folder };
    const child = spawn(join(ROOT, 'host/bulkhead.mjs'), ['--name', vm.name, ...args], { env });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
  });
}

describe('bulkhead policy, of a VM that nobody administers', () => {
  test('show is a table of what is in force', async () => {
    const { status, stdout } = await bulkhead('policy', 'show');
    expect(status).toBe(0);
    expect(stdout).toContain('nobody administers this machine');
    expect(stdout).toMatch(/^enhancedContainerIsolation +\{"value":true\} +built in$/m);
  });

  test('why tells of one setting, and what was meant by one that is not there', async () => {
    expect(await bulkhead('policy', 'why', 'blockDockerLoad')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('blockDockerLoad = false'),
    });
    expect(await bulkhead('policy', 'why', 'blockDockerLod')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean blockDockerLoad?'),
    });
  });

  test('diff shows what a document would change; apply is refused, for there is nobody whose signature counts', async () => {
    await bulkhead('policy', 'init', at('a.json'), '--organization', 'acme');
    expect(await bulkhead('policy', 'diff', at('a.json'))).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^bulkhead\.privileged +confine +confine +locked$/m),
      stderr: expect.stringContaining('not signed'),
    });
    await bulkhead('policy', 'keygen', at('keys'));
    await bulkhead('policy', 'sign', at('a.json'), '--key', at('keys/settings.key'));
    expect(await bulkhead('policy', 'apply', at('a.json'), '--yes')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('bulkhead enroll'),
    });
  });

  test('status has them in one row', async () => {
    expect((await bulkhead('status')).stdout).toMatch(/^settings +unmanaged, 0 locked$/m);
  });
});

describe('bulkhead attest', () => {
  test('passes against the image that the VM was started from', async () => {
    const { status, stdout } = await bulkhead('attest');
    expect(stdout).toMatch(/^pass: /);
    expect(status).toBe(0);
  });

  test('prints the difference to another, and fails', async () => {
    const image = await flavourImage('stock', { root: ROOT, cache: join(ROOT, '.cache') });
    const { status, stdout } = await bulkhead('attest', '--image', image);
    expect(stdout).toMatch(/^ {2}flavour: the VM says "product", the release "stock"$/m);
    expect(status).toBe(1);
  });
});
