import { verify, X509Certificate } from 'node:crypto';
import type { ReleaseManifest } from '../manifest/release.ts';
import { type Statement, signedText, statement } from './statement.ts';

/** Why a statement proves nothing. */
export class AttestationError extends Error {
  override readonly name = 'AttestationError';
  readonly code: 'foreign-certificate' | 'bad-signature' | 'malformed' | 'other-nonce';

  constructor(code: AttestationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SignedStatement {
  /** JSON of a {@link Statement}; the signature is over exactly this text. */
  text: string;
  /** base64, DER */
  signature: string;
  /** PEM: of this boot's TLS key */
  certificate: string;
}

/**
 * @param authority PEM of the launcher's authority: it certified the key of the VM that it started
 * @param nonce the one that was asked with
 * @throws {AttestationError}
 */
export function verifyStatement(signed: SignedStatement, authority: string, nonce: string): Statement {
  const certificate = new X509Certificate(signed.certificate);
  const issuer = new X509Certificate(authority);
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    throw new AttestationError('foreign-certificate', "the certificate is not of this launcher's authority");
  const signature = Buffer.from(signed.signature, 'base64');
  if (!verify('sha256', signedText(signed.text), certificate.publicKey, signature))
    throw new AttestationError('bad-signature', "the statement was not signed with the certificate's key");
  const said = parse(signed.text);
  if (said.nonce !== nonce)
    throw new AttestationError('other-nonce', 'the statement answers another question: it is an old one');
  return said;
}

function parse(text: string): Statement {
  try {
    return statement.parse(JSON.parse(text));
  } catch (cause) {
    throw new AttestationError('malformed', 'the statement has not the agreed shape', { cause });
  }
}

/** Something that a VM says and the release does not. */
export interface Difference {
  what: string;
  said: string;
  released: string;
}

/** What of a statement is not as a released manifest says. Pure; none: the VM says that it runs that release. */
export function differences(said: Statement, released: ReleaseManifest): Difference[] {
  const words = said.commandLine.split(' ').filter((word) => !word.startsWith('bulkhead.net='));
  const pairs: [string, string, string][] = [
    ['version', said.version, released.version],
    ['signing key', said.signing, released.signing],
    ['flavour', said.flavour, released.flavour],
    ['kernel', said.kernel, released.kernelRelease],
    ['command line', words.join(' '), released.commandLine.trim()],
    ['executables', said.executables, released.artefacts.executables.sha256],
  ];
  return pairs
    .filter(([, is, should]) => is !== should)
    .map(([what, is, should]) => ({ what, said: is, released: should }));
}
