import { X509Certificate } from 'node:crypto';
import { Denied } from './denial.ts';

/** What a client may do is in its certificate, as its organizational unit. The host's authority signs people's, */
const ROLES = { 'bulkhead:admin': 'admin', 'bulkhead:user': 'user' } as const;
/** and one that lives in the VM, for one boot, those of its own: neither may sign the other's. */
const INNER_ROLES = { 'bulkhead:container': 'container', 'bulkhead:authorizer': 'authorizer' } as const;
type Roles = typeof ROLES & typeof INNER_ROLES;
export type Role = Roles[keyof Roles];

export interface Identity {
  /** The certificate's common name; of a container, its id. */
  name: string;
  role: Role;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  fingerprint: string;
}

/** Certificates are few, and are seen again with each request. */
const MOST_KNOWN = 64;
const known = new Map<string, Identity>();

/**
 * Who asks. dockerd has verified that the client holds the key and that our authority signed it.
 * @param certificates as dockerd hands them over: PEM in base64, the client's own first; none from its private socket
 * @param inner the authority in the VM, whose certificates dockerd accepts too
 * @throws Denied (identity)
 */
export function identify(certificates: readonly string[], inner: () => X509Certificate): Identity {
  const [own] = certificates;
  if (own === undefined)
    throw new Denied('identity', 'the engine answers nobody without a client certificate');
  const before = known.get(own);
  if (before !== undefined) return before;
  const identity = readCertificate(Buffer.from(own, 'base64'), inner());
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(own, identity);
  return identity;
}

function readCertificate(pem: Buffer, inner: X509Certificate): Identity {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    throw new Denied('identity', 'the client certificate cannot be read', { cause });
  }
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>;
  const { CN: name, OU: unit } = subject;
  const roles: Readonly<Record<string, Role>> = certificate.verify(inner.publicKey) ? INNER_ROLES : ROLES;
  const role = typeof unit === 'string' && Object.hasOwn(roles, unit) ? roles[unit] : undefined;
  if (typeof name !== 'string' || role === undefined)
    throw new Denied(
      'identity',
      'the client certificate has no role; `bulkhead up` and `bulkhead certificate issue` make ones that have',
    );
  return { name, role, fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() };
}
