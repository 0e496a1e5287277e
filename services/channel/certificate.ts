import { X509Certificate } from 'node:crypto';
import { methods } from './protocol/methods.ts';

/**
 * What is wrong with a certificate that the host wants installed; undefined when it may be.
 * @param params of `certificate.install`
 * @param request the PKCS#10 request (PEM) that PID 1 made
 */
export function checkCertificate(
  params: unknown,
  request: string | undefined,
  now: Date,
): string | undefined {
  const { certificate, authority } = methods['certificate.install'].params.parse(params);
  if (request === undefined) return 'ask for the certificate request first';
  const server = parse(certificate);
  const issuer = parse(authority);
  if (server === undefined) return 'the certificate is no X.509 certificate';
  if (issuer === undefined) return 'the authority is no X.509 certificate';
  if (!issuer.ca) return 'the authority is not a CA';
  if (!server.checkIssued(issuer) || !server.verify(issuer.publicKey))
    return 'the authority did not sign the certificate';
  for (const each of [server, issuer]) {
    if (!isValidAt(each, now)) {
      return `${each.subject} is valid from ${each.validFrom} to ${each.validTo}; the VM's clock says ${now.toUTCString()}`;
    }
  }
  // A request holds the SubjectPublicKeyInfo as it stands in the certificate (RFC 2986, 4.1).
  const key = server.publicKey.export({ type: 'spki', format: 'der' });
  if (!derOf(request).includes(key)) return "the certificate is for another key than this VM's";
  return undefined;
}

/** False, too, for dates that cannot be read: any comparison with NaN is. */
function isValidAt({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && now.getTime() <= Date.parse(validTo);
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_OSSL')) return undefined;
    throw error;
  }
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64');
}
