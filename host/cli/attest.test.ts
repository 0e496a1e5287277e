import { expect, it } from 'vitest';
import type { Statement } from '../../policy/attestation/statement.ts';
import { formatAttestation } from './attest.ts';

const said: Statement = {
  format: 1,
  nonce: 'ab'.repeat(32),
  bootId: '00000000-0000-4000-8000-000000000000',
  version: '0.1.0',
  signing: 'release',
  flavour: 'product',
  kernel: '7.3.4',
  commandLine: 'quiet',
  executables: 'c'.repeat(64),
  policy: { mode: 'managed', digest: 'd'.repeat(64), organization: 'acme', serial: 7 },
};

it('formatAttestation() says that it passes, and whose settings are in force', () => {
  const text = formatAttestation(said, []);
  expect(text).toMatch(/^pass: /);
  expect(text).toContain('managed by acme, serial 7');
});

it('formatAttestation() prints each difference', () => {
  const text = formatAttestation(said, [{ what: 'kernel', said: '7.3.4', released: '7.3.5' }]);
  expect(text).toMatch(/^FAIL: /);
  expect(text).toContain('kernel: the VM says "7.3.4", the release "7.3.5"');
});
