import { randomBytes } from 'node:crypto';
import { HostError } from '../errors.ts';
import { EC_P256, type KeyPair, SIGNING } from './keys.ts';
import * as x509 from './x509.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Milliseconds. The CA's beginning lies before those of the certificates that it issues. */
export const VALIDITY = { authority: 3650 * DAY, client: 397 * DAY, server: 397 * DAY } as const;
/** The guest's clock may be behind ours. */
const BACKDATED = HOUR;

const SERVER_NAMES: readonly { type: 'ip' | 'dns'; value: string }[] = [
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
  { type: 'dns', value: 'localhost' },
];

/** What signs: a certificate and its private key. */
export interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

export function issueAuthority(name: string, keys: KeyPair, now: Date): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`Bulkhead ${name} CA`] }],
    keys,
    signingAlgorithm: SIGNING,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + VALIDITY.authority),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
}

/** What a client may do, as the organizational unit of its certificate; services/authorizer/identity.ts reads it. */
export const ROLE_UNITS = { admin: 'bulkhead:admin', user: 'bulkhead:user' } as const;
export type ClientRole = keyof typeof ROLE_UNITS;

/** The certificate that a docker client shows. @param name its common name: who it is, in refusals and in the log */
export function issueClient(
  issuer: Issuer,
  publicKey: CryptoKey,
  now: Date,
  { name, role }: { name: string; role: ClientRole },
): Promise<x509.X509Certificate> {
  const subject = [{ OU: [ROLE_UNITS[role]] }, { CN: [name] }];
  return issue(issuer, publicKey, subject, VALIDITY.client, now, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
  ]);
}

/**
 * Certifies the guest's TLS key. The request proves that its sender holds the key; names and extensions are
 * ours alone, whatever the request asks for.
 * @param request PKCS#10 in PEM
 * @throws {HostError} `certificate-refused`
 */
export async function issueServer(issuer: Issuer, request: string, now: Date): Promise<x509.X509Certificate> {
  const parsed = parseRequest(request);
  const key = await parsed.publicKey.export(EC_P256, ['verify']).catch((error: unknown) => {
    throw new HostError('certificate-refused', 'the guest asks with a key that is not EC P-256', {
      cause: error,
    });
  });
  if (!(await parsed.verify())) {
    throw new HostError('certificate-refused', 'the guest does not hold the key it asks a certificate for');
  }
  return issue(issuer, key, [{ CN: ['bulkhead engine'] }], VALIDITY.server, now, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], true),
    new x509.SubjectAlternativeNameExtension([...SERVER_NAMES]),
  ]);
}

async function issue(
  issuer: Issuer,
  publicKey: CryptoKey,
  subject: x509.JsonName,
  validity: number,
  now: Date,
  extensions: x509.Extension[],
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: issuer.certificate.subjectName,
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: SIGNING,
    notBefore: new Date(now.getTime() - BACKDATED),
    notAfter: new Date(now.getTime() + validity),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
}

function parseRequest(pem: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch (error) {
    throw new HostError('certificate-refused', "the guest's certificate request cannot be read", {
      cause: error,
    });
  }
}

/** A positive number of 126 random bits (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
