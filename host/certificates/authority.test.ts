import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuthority, RENEW_BEFORE } from './authority.ts';
import { VALIDITY } from './issue.ts';
import { generateKeys, SIGNING } from './keys.ts';
import * as x509 from './x509.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bh-ca-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (now?: () => Date) => openAuthority(folder, { name: 'test', ...(now ? { now } : {}) });

async function makeRequest(extensions: x509.Extension[] = []): Promise<x509.Pkcs10CertificateRequest> {
  const keys = await generateKeys();
  return x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=evil.example',
    keys,
    signingAlgorithm: SIGNING,
    extensions,
  });
}

describe('openAuthority()', () => {
  it('makes a CA and a client certificate that OpenSSL accepts, with private keys for the owner alone', async () => {
    const { certificate, client } = await open();
    const ca = new X509Certificate(certificate);
    const admin = new X509Certificate(client.certificate);
    expect(ca.ca).toBe(true);
    expect(admin.subject).toBe('OU=bulkhead:admin\nCN=admin');
    expect(admin.checkIssued(ca) && admin.verify(ca.publicKey)).toBe(true);
    expect(admin.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    for (const file of ['ca-key.pem', 'key.pem'])
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it('is the same when opened again', async () => {
    expect((await open()).client).toEqual((await open()).client);
  });

  it('renews the client certificate before it ends, under the same CA', async () => {
    const first = await open();
    const later = new Date(Date.now() + VALIDITY.client - RENEW_BEFORE + 60_000);
    const second = await open(() => later);
    expect(second.certificate).toBe(first.certificate);
    expect(second.client.certificate).not.toBe(first.client.certificate);
  });

  it('replaces a damaged client certificate and refuses a damaged CA', async () => {
    await open();
    writeFileSync(join(folder, 'cert.pem'), 'x');
    expect((await open()).client.certificate).toContain('BEGIN CERTIFICATE');
    rmSync(join(folder, 'ca-key.pem'));
    await expect(open()).rejects.toMatchObject({ code: 'certificate-unusable' });
  });
});

describe('issueServer()', () => {
  it('certifies the key for our names only, whatever the request asks for', async () => {
    const wishes = [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'evil.example' }]),
      new x509.BasicConstraintsExtension(true, 2, true),
    ];
    const request = await makeRequest(wishes);
    const authority = await open();
    const server = new X509Certificate(await authority.issueServer(request.toString('pem')));
    expect(server.subjectAltName).toBe('IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:localhost');
    expect(server.subject).not.toContain('evil');
    expect(server.ca).toBe(false);
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(server.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(server.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(Date.now() - Date.parse(server.validFrom)).toBeGreaterThan(3_590_000);
  });

  it('refuses a request whose sender does not hold the key', async () => {
    const request = Buffer.from((await makeRequest()).rawData);
    request[request.length - 1] = (request.at(-1) ?? 0) ^ 1;
    const pem = x509.PemConverter.encode(request, 'CERTIFICATE REQUEST');
    await expect((await open()).issueServer(pem)).rejects.toMatchObject({ code: 'certificate-refused' });
  });

  it('refuses what is no request', async () => {
    const { issueServer, certificate } = await open();
    for (const text of [
      '',
      'x',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
      certificate,
    ]) {
      await expect(issueServer(text)).rejects.toMatchObject({ code: 'certificate-refused' });
    }
  });

  it('leaves no key in the certificate files', async () => {
    await open();
    expect(readFileSync(join(folder, 'cert.pem'), 'utf8')).not.toContain('PRIVATE');
  });
});
