import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../policy/minisign/public-key.ts';
import { verifyMinisign } from '../../policy/minisign/verify.ts';
import { makeSecureBootKeys, readSecureBootKeys, secureBootByCommand } from './secure-boot.ts';
import { commandKey, makeKeys, refuseSameKey, signingKey } from './signing.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-signing-'));
const at = (name: string) => join(folder, name);
const data = Buffer.from('what is signed');
const COMMENT = 'bulkhead 1.2.3 release';

/** A command of this many lines of sh, with `role`, `file` and `comment`. */
function command(name: string, ...lines: string[]): string {
  writeFileSync(at(name), ['#!/bin/sh', 'role=$1 file=$2 comment=$3', ...lines, ''].join('\n'));
  chmodSync(at(name), 0o700);
  return at(name);
}

/** Whether such a program is on this machine. */
function installed(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  for (const name of ['own', 'other']) {
    makeKeys(at(name));
    await makeSecureBootKeys(at(name), new Date());
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** A key that a command has, and one in a file, by the same pair. */
const byCommand = (line: string) => commandKey({ line, publicKey: at('own/bulkhead.pub') });
const inFile = (name: string) => signingKey(at(`${name}/bulkhead.key`), at('development'));

describe.skipIf(!installed('minisign'))("a command that runs Debian's minisign and openssl", () => {
  const sign = (keys: string) =>
    command(
      `sign-${keys}`,
      `case $role in`,
      `minisign) minisign -S -q -s ${at(keys)}/bulkhead.key -m "$file" -t "$comment" -c 'signature from bulkhead' -x "$file.sig" </dev/null >&2 && cat "$file.sig" ;;`,
      `secure-boot) openssl dgst -sha256 -sign ${at(keys)}/db.key "$file" ;;`,
      'esac',
    );

  it('signs as the key in the file does, to the last byte', async () => {
    const signed = await byCommand(sign('own')).sign(data, COMMENT);
    expect(signed).toBe(await inFile('own').sign(data, COMMENT));
    expect(byCommand(sign('own'))).toMatchObject({
      signing: 'release',
      publicKey: inFile('own').publicKey,
    });
  });

  it('signs for Secure Boot as the key in the file does', async () => {
    const publicKey = at('own/bulkhead.pub');
    const keys = secureBootByCommand(at('own'), { line: sign('own'), publicKey });
    const { sign: signInFile, certificates } = readSecureBootKeys(at('own'));
    expect(keys.certificates).toEqual(certificates);
    expect(await keys.sign(data)).toEqual(await signInFile(data));
  });

  it('is refused when it has another key', async () => {
    await expect(byCommand(sign('other')).sign(data, COMMENT)).rejects.toMatchObject({
      code: 'signing-failed',
      message: expect.stringMatching(/is not used: signed with key [0-9A-F]{16}, not with/),
    });
    const line = sign('other');
    const keys = secureBootByCommand(at('own'), { line, publicKey: at('own/bulkhead.pub') });
    await expect(keys.sign(data)).rejects.toMatchObject({
      code: 'signing-failed',
      message: expect.stringContaining('no signature by the key of db.crt'),
    });
  });
});

describe('a command that does not sign', () => {
  const signature = async (what: Buffer, comment: string) => {
    writeFileSync(at('canned'), await inFile('own').sign(what, comment));
    return `cat ${at('canned')}; :`;
  };

  it('control: the right signature from anywhere is taken, and the command is told what it needs', async () => {
    const line = command(
      'told',
      `echo "$role,$comment,$BULKHEAD_KEY,$(cat "$file")" > ${at('was-told')}`,
      `cat ${at('canned')}`,
    );
    await signature(data, COMMENT);
    const text = await byCommand(line).sign(data, COMMENT);
    const key = parsePublicKey(readFileSync(at('own/bulkhead.pub'), 'utf8'));
    expect(verifyMinisign(data, text, key)).toEqual({ trustedComment: COMMENT });
    expect(readFileSync(at('was-told'), 'utf8')).toBe(
      `minisign,${COMMENT},${at('own/bulkhead.pub')},what is signed\n`,
    );
  });

  it.each([
    ['ends with another status', async () => 'exit 3;', 'ended with exit code 3'],
    ['is killed', async () => 'kill -9 $$;', 'ended with SIGKILL'],
    ['is not there', async () => '/nonexistent/sign', 'ended with exit code 127'],
    ['says nothing', async () => 'true', 'this is no minisign signature'],
    ['says too much', async () => 'yes | head -c 100000; :', 'printed more than 65536 bytes'],
    ['signs something else', () => signature(Buffer.from('else'), COMMENT), 'is not of this data'],
    ['signs another comment', () => signature(data, 'else'), 'its trusted comment is "else"'],
  ])('%s', async (_, line, words) => {
    await expect(byCommand(await line()).sign(data, COMMENT)).rejects.toMatchObject({
      code: 'signing-failed',
      message: expect.stringContaining(words),
    });
  });

  it('needs a public key that is one', () => {
    expect(() => commandKey({ line: 'true', publicKey: at('own/bulkhead.key') })).toThrow(
      expect.objectContaining({ code: 'key-unusable' }),
    );
  });
});

describe('refuseSameKey()', () => {
  it('refuses to announce the key that signs, and takes any other', () => {
    const line = (name: string) => readFileSync(at(`${name}/bulkhead.pub`), 'utf8').split('\n')[1] ?? '';
    expect(() => refuseSameKey(line('own'), inFile('own'))).toThrow('is the one');
    refuseSameKey(line('other'), inFile('own'));
  });
});

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const tools = ['softhsm2-util', 'pkcs11-tool'];
describe.skipIf(!tools.every(installed))('keys in a PKCS #11 token (SoftHSM)', () => {
  const script = resolve(import.meta.dirname, 'pkcs11-sign.sh');
  const environment = {
    SOFTHSM2_CONF: at('softhsm2.conf'),
    PKCS11_MODULE: MODULE,
    PKCS11_TOKEN: 'release',
    PKCS11_PIN: '1234',
  };
  const line = `env ${Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')} ${script}`;
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { env: { ...process.env, ...environment }, stdio: 'pipe' });

  beforeAll(() => {
    execFileSync('mkdir', [at('tokens')]);
    writeFileSync(
      at('softhsm2.conf'),
      `directories.tokendir = ${at('tokens')}\nobjectstore.backend = file\n`,
    );
    run('softhsm2-util', '--init-token', '--free', '--label', 'release', '--pin', '1234', '--so-pin', '5678');
    const token = ['--module', MODULE, '--token-label', 'release', '--login', '--pin', '1234'];
    const generate = ['--keypairgen', '--key-type', 'EC:edwards25519', '--label', 'bulkhead', '--id', '01'];
    run('pkcs11-tool', ...token, ...generate);
    const put = ['--import', at('own/db.key'), '--token', 'release', '--label', 'db', '--id', '02'];
    run('softhsm2-util', ...put, '--pin', '1234');
    writeFileSync(at('token.pub'), run(script, 'public'));
  }, 60_000);

  it('sign what a minisign of anybody accepts', async () => {
    const text = await commandKey({ line, publicKey: at('token.pub') }).sign(data, COMMENT);
    writeFileSync(at('data'), data);
    writeFileSync(at('data.minisig'), text);
    if (installed('minisign'))
      expect(run('minisign', '-V', '-p', at('token.pub'), '-m', at('data')).toString()).toContain(COMMENT);
    await expect(byCommand(line).sign(data, COMMENT)).rejects.toThrow('not with'); // the control
  });

  it('sign for Secure Boot', async () => {
    const keys = secureBootByCommand(at('own'), { line, publicKey: at('token.pub') });
    expect(await keys.sign(data)).toEqual(await readSecureBootKeys(at('own')).sign(data));
  });

  it('do not without the PIN', async () => {
    const wrong = line.replace('PKCS11_PIN=1234', 'PKCS11_PIN=0000');
    const key = commandKey({ line: wrong, publicKey: at('token.pub') });
    await expect(key.sign(data, COMMENT)).rejects.toThrow('ended with exit code 1');
  });
});
