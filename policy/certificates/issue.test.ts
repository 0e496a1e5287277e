import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { issueAuthority, issueClient, issuerFrom } from './issue.ts';

const NOW = Date.now();
const serial = (fill: number) => Buffer.alloc(16, fill);
const authority = issueAuthority({ name: 'containers', unit: 'bulkhead:containers' }, serial(255), NOW);
const client = issueClient(
  authority.issuer,
  { name: 'container:x', unit: 'bulkhead:container' },
  serial(1),
  NOW,
);

test('an authority and what it issues are read by OpenSSL as what they are', () => {
  const ca = new X509Certificate(authority.certificate);
  expect(ca.ca).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  const own = new X509Certificate(client.certificate);
  expect(own.ca).toBe(false);
  expect(own.subject).toBe('OU=bulkhead:container\nCN=container:x');
  expect(own.checkIssued(ca)).toBe(true);
  expect(own.verify(ca.publicKey)).toBe(true);
  expect(own.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(Date.parse(own.validTo) - NOW).toBeGreaterThan(1000 * 24 * 3_600_000);
});

test('an authority that was stored issues the same way', () => {
  const again = issueClient(
    issuerFrom(authority.issuer.subject, authority.key),
    { name: 'container:y', unit: 'bulkhead:container' },
    serial(2),
    NOW,
  );
  expect(
    new X509Certificate(again.certificate).verify(new X509Certificate(authority.certificate).publicKey),
  ).toBe(true);
});

test('a TLS server that trusts the authority lets the client in, and not one of another authority', async () => {
  const server = createServer({
    ca: authority.certificate,
    cert: client.certificate,
    key: client.key,
    requestCert: true,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen = async (identity: { certificate: string; key: string }) => {
    const asked = once(server, 'secureConnection').catch(() => []);
    const refused = once(server, 'tlsClientError').then(() => 'refused');
    const socket = connect({
      port,
      cert: identity.certificate,
      key: identity.key,
      rejectUnauthorized: false,
    }).on('error', () => undefined);
    const verdict = await Promise.race([
      asked.then(([accepted]) => (accepted as TLSSocket).getPeerCertificate().subject.CN),
      refused,
    ]);
    socket.destroy();
    return verdict;
  };
  expect(await seen(client)).toBe('container:x');
  const other = issueAuthority(authority.issuer.subject, serial(3), NOW);
  expect(
    await seen(
      issueClient(other.issuer, { name: 'container:x', unit: 'bulkhead:container' }, serial(4), NOW),
    ),
  ).toBe('refused');
  server.close();
});
