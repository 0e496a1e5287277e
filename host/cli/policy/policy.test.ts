import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedMain } from '../../captured-main.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-policy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

function policy(...args: string[]) {
  return capturedMain(['policy', ...args]);
}

describe('bulkhead policy', () => {
  it('init, check, keygen, sign and verify lead from nothing to a document that holds', async () => {
    expect(await policy('init', at('a.json'), '--organization', 'acme')).toMatchObject({ status: 0 });
    expect(await policy('check', at('a.json'))).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/is in order: organization acme, serial 1, \d+ settings, \d+ locked\n$/),
    });
    expect(await policy('keygen', at('keys'))).toMatchObject({ status: 0 });
    expect(statSync(at('keys/settings.key')).mode & 0o777).toBe(0o600);
    expect(await policy('sign', at('a.json'), '--key', at('keys/settings.key'))).toMatchObject({ status: 0 });
    const verify = () => policy('verify', at('a.json'), '--key', at('keys/settings.pub'));
    expect(await verify()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/the signature holds: timestamp:\d+ organization:acme serial:1\n/),
    });
    writeFileSync(at('a.json'), `${readFileSync(at('a.json'), 'utf8')} `);
    expect(await verify()).toMatchObject({ status: 1, stderr: expect.stringContaining('not to be trusted') });
  });

  it('init and keygen write nothing over', async () => {
    writeFileSync(at('a.json'), 'mine');
    expect(await policy('init', at('a.json'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('exists'),
    });
    expect(readFileSync(at('a.json'), 'utf8')).toBe('mine');
    await policy('keygen', at('keys'));
    const before = readFileSync(at('keys/settings.key'), 'utf8');
    expect(await policy('keygen', at('keys'))).toMatchObject({ status: 1 });
    expect(readFileSync(at('keys/settings.key'), 'utf8')).toBe(before);
  });

  it('check shows the place, and what to do', async () => {
    writeFileSync(
      at('a.json'),
      '{\n  "organization": "acme", "serial": 1,\n  "blockDockerLoad": { "locked": true, "value": "yes" }\n}\n',
    );
    const { status, stdout } = await policy('check', at('a.json'));
    expect(status).toBe(1);
    const [what, before, line = '', caret = '', todo] = stdout.split('\n');
    expect(what).toContain('line 3, column 49 (blockDockerLoad.value)');
    expect(before).toContain('2 |   "organization"');
    expect(line.slice(caret.indexOf('^'))).toMatch(/^"yes"/);
    expect(todo).toContain('to do: ');
    const json = await policy('check', at('a.json'), '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      error: { code: 'wrong-value', line: 3, column: 49, key: 'blockDockerLoad.value' },
    });
  });

  it('check warns of what is not known, and says what does nothing here', async () => {
    writeFileSync(
      at('a.json'),
      '\uFEFF{"organization":"acme","serial":1,"blockDockerLod":{"locked":true,"value":true},"analyticsEnabled":{"locked":true,"value":false}}',
    );
    expect(await policy('check', at('a.json'))).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /warning: .*blockDockerLod is not known.*did you mean blockDockerLoad\?[\s\S]*note: analyticsEnabled has no effect here/,
      ),
    });
  });

  it("check takes a user's own document with --user, and one that locks with neither", async () => {
    writeFileSync(at('u.json'), '{"blockDockerLoad":{"value":true}}');
    expect(await policy('check', at('u.json'))).toMatchObject({ status: 1 });
    expect(await policy('check', at('u.json'), '--user')).toMatchObject({ status: 0 });
    writeFileSync(at('u.json'), '{"blockDockerLoad":{"locked":true,"value":true}}');
    expect(await policy('check', at('u.json'), '--user')).toMatchObject({ status: 1 });
  });

  it('sign refuses a document that no VM would take', async () => {
    await policy('keygen', at('keys'));
    writeFileSync(at('a.json'), '{"serial":1}');
    expect(await policy('sign', at('a.json'), '--key', at('keys/settings.key'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('organization'),
    });
    expect(existsSync(at('a.json.minisig'))).toBe(false);
  });

  it('says which file is not there, and what a key is not', async () => {
    expect(await policy('check', at('none'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${at('none')} is not there`),
    });
    await policy('init', at('a.json'));
    expect(await policy('sign', at('a.json'), '--key', at('a.json'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no minisign secret key'),
    });
  });
});

describe.skipIf(!installed())("bulkhead policy with Debian's minisign", () => {
  const minisign = (...args: string[]) => execFileSync('minisign', args, { encoding: 'utf8' });

  it('signs what minisign verifies, and verifies what minisign signed', async () => {
    await policy('init', at('a.json'), '--organization', 'acme');
    await policy('keygen', at('keys'));
    await policy('sign', at('a.json'), '--key', at('keys/settings.key'));
    expect(minisign('-V', '-p', at('keys/settings.pub'), '-m', at('a.json'))).toContain('organization:acme');

    minisign('-G', '-W', '-p', at('m.pub'), '-s', at('m.key'));
    minisign('-S', '-s', at('m.key'), '-m', at('a.json'), '-t', 'by minisign');
    expect(await policy('verify', at('a.json'), '--key', at('m.pub'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('by minisign'),
    });
    // Each with the key of the other.
    expect(await policy('verify', at('a.json'), '--key', at('keys/settings.pub'))).toMatchObject({
      status: 1,
    });
    await policy('sign', at('a.json'), '--key', at('m.key'));
    expect(minisign('-V', '-p', at('m.pub'), '-m', at('a.json'))).toContain('organization:acme');
  });
});

it('asks for no password where there is no terminal', async () => {
  const hidden = Buffer.concat([Buffer.from('EdScB2'), Buffer.alloc(152)]).toString('base64');
  writeFileSync(at('key'), `untrusted comment: x\n${hidden}\n`);
  await policy('init', at('a.json'));
  expect(await policy('sign', at('a.json'), '--key', at('key'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--password-fd'),
  });
  writeFileSync(at('password'), 'wrong\n');
  const fd = openSync(at('password'), 'r');
  try {
    // limits of zero: a cost of nothing
    const said = await policy('sign', at('a.json'), '--key', at('key'), '--password-fd', String(fd));
    expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining('the password is wrong') });
  } finally {
    closeSync(fd);
  }
});

function installed(): boolean {
  try {
    execFileSync('minisign', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
