import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeSettings } from '../../../policy/settings/merge.ts';
import { parseSettings } from '../../../policy/settings/parse.ts';
import { RPC } from '../../../services/channel/protocol/methods.ts';
import { capturedMain } from '../../captured-main.ts';
import { FakeGuest, HELLO } from '../../channel/fake-guest.ts';
import { pretendToRun } from '../../channel/fake-vm.ts';
import { isolatedEnvironment, machinePaths } from '../../machine/paths.ts';

const CIDR = { linuxVM: { vpnkitCIDR: { value: '192.168.65.0/24' } } };
const policy = mergeSettings({
  user: parseSettings(Buffer.from(JSON.stringify(CIDR)), 'user'),
  required: false,
});
const change = { key: 'blockDockerLoad', before: false, after: true, lock: 'locked', takes: 'now' };
const answers: Record<string, unknown> = {
  hello: HELLO,
  'settings.get': { policy, digest: 'a'.repeat(64), notes: [] },
  'settings.plan': { serial: 4, changes: [change], restart: 'needed' },
  'settings.apply': { serial: 4, changes: [change], restart: 'done' },
};

let folder: string;
let guest: FakeGuest;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bh-ask-'));
  guest = await new FakeGuest(({ method, params, id }, fake) => {
    if (method !== 'settings.enroll') return answers[method];
    if (params.organization === 'acme') return { organization: 'acme' };
    fake.fail(id, RPC.refused, 'this machine belongs to acme', { code: 'enrolled', hint: 'ask acme' });
    return undefined;
  }).listen();
  pretendToRun(machinePaths('bulkhead', isolatedEnvironment(folder)), guest);
});
afterEach(async () => {
  await guest.close();
  rmSync(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);
const asked = (method: string) => guest.requests.filter((request) => request.method === method);

/** The command line, with the VM that `guest` plays. */
function bulkhead(...args: string[]) {
  return capturedMain(args, { ...isolatedEnvironment(folder), XDG_CONFIG_HOME: folder });
}

async function signed(): Promise<void> {
  await bulkhead('policy', 'init', at('a.json'), '--organization', 'acme');
  await bulkhead('policy', 'keygen', at('keys'));
  await bulkhead('policy', 'sign', at('a.json'), '--key', at('keys/settings.key'));
}

describe('bulkhead policy, asking a VM', () => {
  it('show --json is what the VM said', async () => {
    const { status, stdout } = await bulkhead('policy', 'show', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(answers['settings.get']);
  });

  it('takes --name behind the command, too', async () => {
    expect(await bulkhead('policy', 'show', '--name', 'other')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('the VM other is not running'),
    });
  });

  it('diff asks the VM of a signed document, and changes nothing', async () => {
    await signed();
    const { status, stdout } = await bulkhead('policy', 'diff', at('a.json'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^blockDockerLoad +false +true +locked +at once$/m);
    expect(asked('settings.apply')).toEqual([]);
  });

  it('apply says what changes, and does nothing without a yes', async () => {
    await signed();
    expect(await bulkhead('policy', 'apply', at('a.json'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('blockDockerLoad'),
    });
    expect(asked('settings.apply')).toEqual([]);
  });

  it('apply puts it in force with a yes, as it was signed, and keeps the subnet for the next start', async () => {
    await signed();
    expect(await bulkhead('policy', 'apply', at('a.json'), '--yes')).toMatchObject({
      status: 0,
      stdout: 'serial 4 is in force; the engine was started again, containers went on\n',
    });
    const document = readFileSync(at('a.json')).toString('base64');
    expect(asked('settings.apply')[0]?.params).toMatchObject({ admin: { document }, restart: 'if-kept' });
    const { settings } = machinePaths('bulkhead', isolatedEnvironment(folder));
    expect(JSON.parse(readFileSync(settings, 'utf8'))).toEqual({ subnet: '192.168.65.0/24' });
    await bulkhead('policy', 'apply', at('a.json'), '--yes', '--no-restart');
    expect(asked('settings.apply')[1]?.params).toMatchObject({ restart: 'no' });
  });
});

describe('bulkhead enroll', () => {
  it('gives the VM to an organization, and says why not', async () => {
    await bulkhead('policy', 'keygen', at('keys'));
    const enroll = (name: string) => bulkhead('enroll', at('keys/settings.pub'), '--organization', name);
    expect(await enroll('acme')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('belongs to acme'),
    });
    const line = readFileSync(at('keys/settings.pub'), 'utf8').split('\n')[1];
    expect(asked('settings.enroll')[0]?.params).toEqual({ organization: 'acme', publicKey: line });
    expect(await enroll('other')).toMatchObject({ status: 1, stderr: expect.stringContaining('ask acme') });
  });

  it('sends nothing that is no key', async () => {
    writeFileSync(at('no.pub'), 'nothing');
    expect(await bulkhead('enroll', at('no.pub'), '--organization', 'acme')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no minisign public key'),
    });
    expect(asked('settings.enroll')).toEqual([]);
  });
});
