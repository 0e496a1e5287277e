import { execFileSync } from 'node:child_process';
import { sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReleaseManifest } from '../manifest/release.ts';
import { type Statement, signedText } from './statement.ts';
import { differences, verifyStatement } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-attest-'));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

beforeAll(() => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  for (const name of ['ca', 'foreign']) {
    openssl(
      'req',
      '-x509',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  }
  openssl('req', '-new', ...key, '-subj', '/CN=bulkhead', '-keyout', 'vm.key', '-out', 'vm.csr');
  openssl(
    'x509',
    '-req',
    '-in',
    'vm.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '1',
    '-out',
    'vm.pem',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const NONCE = '00'.repeat(32);
const HASH = 'ab'.repeat(32);
const said: Statement = {
  format: 1,
  nonce: NONCE,
  bootId: '5a0ae2ac-6c4c-4a0f-8f0e-5e7c5d0c0a11',
  version: '0.1.0',
  signing: 'release',
  flavour: 'product',
  kernel: '7.3.4',
  commandLine: 'console=ttyS0 panic=-1 bulkhead.net=dhcp',
  executables: HASH,
  policy: { mode: 'managed', digest: HASH, organization: 'acme', serial: 7 },
};

function signed(change: Partial<Statement> = {}) {
  const text = JSON.stringify({ ...said, ...change });
  return {
    text,
    signature: sign('sha256', signedText(text), read('vm.key')).toString('base64'),
    certificate: read('vm.pem'),
  };
}

test('what the certified key has signed, for this question, is believed', () => {
  expect(verifyStatement(signed(), read('ca.pem'), NONCE)).toEqual(said);
});

test.each([
  [
    'another text',
    () => ({ ...signed(), text: signed().text.replace('managed', 'unmanaged') }),
    'bad-signature',
  ],
  [
    'a signature without the prefix',
    () => ({
      ...signed(),
      signature: sign('sha256', Buffer.from(signed().text), read('vm.key')).toString('base64'),
    }),
    'bad-signature',
  ],
  [
    'a signature of another key',
    () => ({
      ...signed(),
      signature: sign('sha256', signedText(signed().text), read('ca.key')).toString('base64'),
    }),
    'bad-signature',
  ],
  [
    'a certificate of another authority',
    () => ({ ...signed(), certificate: read('foreign.pem') }),
    'foreign-certificate',
  ],
  ['an old statement', () => signed({ nonce: '11'.repeat(32) }), 'other-nonce'],
  ['something else that was signed', () => signed({ format: 2 as 1 }), 'malformed'],
])('%s proves nothing', (_, make, code) => {
  expect(() => verifyStatement(make(), read('ca.pem'), NONCE)).toThrow(expect.objectContaining({ code }));
});

const released = {
  version: '0.1.0',
  signing: 'release',
  flavour: 'product',
  kernelRelease: '7.3.4',
  commandLine: 'console=ttyS0 panic=-1',
  artefacts: { executables: { sha256: HASH } },
} as ReleaseManifest;

test('differences() is empty for the released image, whatever network the launcher gave', () => {
  expect(differences(said, released)).toEqual([]);
});

test.each([
  ['version', { version: '0.0.9' }],
  ['signing key', { signing: 'development' }],
  ['flavour', { flavour: 'test' }],
  ['kernel', { kernel: '6.12' }],
  ['command line', { commandLine: 'console=ttyS0 init=/bin/sh panic=-1' }],
  ['executables', { executables: 'cd'.repeat(32) }],
] as const)('differences() names another %s', (what, change) => {
  expect(differences({ ...said, ...change }, released)).toEqual([expect.objectContaining({ what })]);
});
