import { verdicts } from './ed25519.ts';
import { MinisignError } from './error.ts';
import { keyName, type MinisignPublicKey } from './public-key.ts';
import { parseSignature, prehash } from './signature.ts';

/**
 * Checks a prehashed minisign signature and its trusted comment. noble-curves and OpenSSL must both accept:
 * a flaw in one of them is not enough to let a forged file pass.
 * @param signatureText the whole `.minisig` file
 * @throws {MinisignError}
 */
export function verifyMinisign(
  data: Uint8Array,
  signatureText: string,
  key: MinisignPublicKey,
): { trustedComment: string } {
  const { keyId, signature, trustedComment, globalSignature } = parseSignature(signatureText);
  const signer = keyName({ id: keyId });
  if (!keyId.equals(key.id)) {
    throw new MinisignError('key-mismatch', `signed with key ${signer}, not with ${keyName(key)}`);
  }
  if (!accepted(prehash(data), signature, key)) {
    throw new MinisignError('signature-bad', `the signature of key ${signer} is not of this data`);
  }
  if (!accepted(Buffer.concat([signature, Buffer.from(trustedComment)]), globalSignature, key)) {
    throw new MinisignError('trusted-comment-bad', 'the trusted comment is not the one that was signed');
  }
  return { trustedComment };
}

function accepted(message: Uint8Array, signature: Uint8Array, key: MinisignPublicKey): boolean {
  const { noble, openssl } = verdicts(message, signature, key.point);
  if (noble !== openssl) {
    throw new MinisignError(
      'verifiers-disagree',
      `noble-curves ${noble ? 'accepts' : 'refuses'} the signature, OpenSSL ${openssl ? 'accepts' : 'refuses'} it`,
    );
  }
  return noble;
}
