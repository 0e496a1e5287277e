import { sign } from './ed25519.ts';
import { MinisignError } from './error.ts';
import { type MinisignSecretKey, seedOf } from './secret-key.ts';
import { prehash } from './signature.ts';

/**
 * Signs as `minisign -S` does; the same input gives the same text.
 * @param trustedComment one line, itself signed
 * @param untrustedComment one line that anyone may alter
 * @returns the text of the `.minisig` file
 * @throws {MinisignError} `comment-invalid`
 */
export function signMinisign(
  data: Uint8Array,
  key: MinisignSecretKey,
  trustedComment: string,
  untrustedComment = 'signature from bulkhead',
): string {
  for (const comment of [trustedComment, untrustedComment]) {
    if (/\p{Cc}/u.test(comment))
      throw new MinisignError('comment-invalid', 'a comment has a control character');
  }
  const signature = sign(prehash(data), seedOf(key));
  const covered = Buffer.concat([signature, Buffer.from(trustedComment)]);
  const globalSignature = sign(covered, seedOf(key));
  const body = Buffer.concat([Buffer.from('ED'), key.id, signature]);
  return [
    `untrusted comment: ${untrustedComment}`,
    body.toString('base64'),
    `trusted comment: ${trustedComment}`,
    globalSignature.toString('base64'),
    '',
  ].join('\n');
}
