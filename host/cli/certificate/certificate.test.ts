import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedMain } from '../../captured-main.ts';
import { openAuthority } from '../../certificates/authority.ts';
import { FakeGuest, HELLO } from '../../channel/fake-guest.ts';
import { pretendToRun } from '../../channel/fake-vm.ts';
import { isolatedEnvironment, machinePaths } from '../../machine/paths.ts';

let folder: string;
let guest: FakeGuest;
let revoked: string[];
const paths = () => machinePaths('bulkhead', isolatedEnvironment(folder));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bh-cert-'));
  revoked = [];
  guest = await new FakeGuest(({ method, params }) => {
    if (method === 'hello') return HELLO;
    if (method === 'certificates.revoke') revoked.push(...(params.fingerprints as string[]));
    return { revoked };
  }).listen();
  for (const each of [paths().runtime, paths().data]) mkdirSync(each, { recursive: true });
});
afterEach(async () => {
  await guest.close();
  rmSync(folder, { recursive: true });
});

function runs(): void {
  pretendToRun(paths(), guest);
}

function bulkhead(...args: string[]) {
  return capturedMain(['certificate', ...args], isolatedEnvironment(folder));
}
const issue = async (name: string, ...more: string[]) => {
  const { status, stdout, stderr } = await bulkhead(
    'issue',
    name,
    '--to',
    join(folder, name),
    '--json',
    ...more,
  );
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as { fingerprint: string; host: string };
};

describe('bulkhead certificate', () => {
  it('issue makes what DOCKER_CERT_PATH wants: of the VM’s authority, with the role', async () => {
    const { certificate } = await openAuthority(paths().authority, { name: 'bulkhead' });
    runs();
    const made = await issue('ann');
    expect(made.host).toBe('tcp://127.0.0.1:2400');
    const own = new X509Certificate(readFileSync(join(folder, 'ann/cert.pem')));
    expect(own.subject).toBe('OU=bulkhead:user\nCN=ann');
    expect(own.verify(new X509Certificate(certificate).publicKey)).toBe(true);
    expect(own.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(made.fingerprint);
    expect(readFileSync(join(folder, 'ann/ca.pem'), 'utf8')).toBe(certificate);
    expect(statSync(join(folder, 'ann/key.pem')).mode & 0o777).toBe(0o600);
    await issue('root', '--role', 'admin');
    expect(new X509Certificate(readFileSync(join(folder, 'root/cert.pem'))).subject).toContain(
      'bulkhead:admin',
    );
  });

  it('issue overwrites nothing, makes no odd names, and none for a VM that never was', async () => {
    expect(await bulkhead('issue', 'ann', '--to', join(folder, 'x'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('was never started'),
    });
    await openAuthority(paths().authority, { name: 'bulkhead' });
    await issue('ann');
    expect(await bulkhead('issue', 'bob', '--to', join(folder, 'ann'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is there already'),
    });
    expect(await bulkhead('issue', 'a\nb', '--to', join(folder, 'y'))).toMatchObject({ status: 2 });
    expect(await bulkhead('issue', 'ann', '--role', 'root', '--to', join(folder, 'y'))).toMatchObject({
      status: 2,
    });
  });

  it('revoke takes a name or a fingerprint, and list says what is good', async () => {
    await openAuthority(paths().authority, { name: 'bulkhead' });
    const [one, two] = [await issue('ann'), await issue('bob')];
    expect(await bulkhead('revoke', 'ann')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('not running'),
    });
    runs();
    expect(await bulkhead('revoke', 'nobody')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no certificate of nobody is known here'),
    });
    expect(revoked).toEqual([]);
    expect((await bulkhead('revoke', 'ann')).status).toBe(0);
    expect(revoked).toEqual([one.fingerprint]);
    const rows = JSON.parse((await bulkhead('list', '--json')).stdout) as {
      name: string;
      standing: string;
    }[];
    expect(rows.map(({ name, standing }) => [name, standing])).toEqual([
      ['admin', 'good'],
      ['ann', 'revoked'],
      ['bob', 'good'],
    ]);
    const foreign = 'AB'.repeat(32).replace(/..(?=.)/g, '$&:');
    await bulkhead('revoke', foreign, '--disconnect');
    await bulkhead('revoke', two.fingerprint);
    expect(revoked).toEqual([one.fingerprint, 'ab'.repeat(32), two.fingerprint]);
    const orders = guest.requests.filter(({ method }) => method === 'certificates.revoke');
    expect(orders.map(({ params }) => params.disconnect)).toEqual([false, true, false]);
  });

  it('revoke of this machine’s own makes another one', async () => {
    const { client } = await openAuthority(paths().authority, { name: 'bulkhead' });
    runs();
    expect((await bulkhead('revoke', 'admin')).stdout).toContain('there is a new one');
    const now = await openAuthority(paths().authority, { name: 'bulkhead' });
    expect(now.client.certificate).not.toBe(client.certificate);
    const rows = JSON.parse((await bulkhead('list', '--json')).stdout) as { standing: string }[];
    expect(rows).toEqual([expect.objectContaining({ name: 'admin', standing: 'good', own: true })]);
  });
});
