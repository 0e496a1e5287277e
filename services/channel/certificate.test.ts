import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCertificate } from './certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-certificate-'));
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
const now = () => new Date();

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

beforeAll(() => {
  for (const name of ['ca', 'foreign']) {
    openssl(
      'req',
      '-x509',
      ...EC,
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
  for (const name of ['vm', 'other']) {
    openssl('req', '-new', ...EC, '-subj', '/CN=bulkhead', '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a certificate of the authority for the VM's own key is taken", () => {
  const params = { certificate: read('vm.pem'), authority: read('ca.pem') };
  expect(checkCertificate(params, read('vm.csr'), now())).toBeUndefined();
});

test.each([
  ['for another key', 'other.pem', 'ca.pem', 'another key'],
  ['of another authority', 'vm.pem', 'foreign.pem', 'did not sign'],
  ['whose authority is no CA', 'vm.pem', 'other.pem', 'not a CA'],
])('a certificate %s is refused', (_, certificate, authority, words) => {
  const params = { certificate: read(certificate), authority: read(authority) };
  expect(checkCertificate(params, read('vm.csr'), now())).toContain(words);
});

test('one that has expired, no certificate at all, and one nobody asked for are refused', () => {
  const good = { certificate: read('vm.pem'), authority: read('ca.pem') };
  const later = new Date(Date.now() + 3 * 24 * 3600 * 1000);
  expect(checkCertificate(good, read('vm.csr'), later)).toContain("the VM's clock says");
  expect(checkCertificate({ ...good, certificate: '-----BEGIN nothing' }, read('vm.csr'), now())).toContain(
    'no X.509',
  );
  expect(checkCertificate(good, undefined, now())).toContain('request first');
});
