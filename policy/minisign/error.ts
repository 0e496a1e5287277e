/** All that can be wrong with a key or a signature. */
export type MinisignErrorCode =
  | 'public-key-malformed'
  | 'public-key-weak'
  | 'secret-key-malformed'
  | 'secret-key-encrypted'
  | 'password-wrong'
  | 'signature-malformed'
  | 'signature-legacy'
  | 'signature-malleated'
  | 'signature-weak'
  | 'key-mismatch'
  | 'signature-bad'
  | 'trusted-comment-bad'
  | 'verifiers-disagree'
  | 'comment-invalid';

const HINTS: Record<MinisignErrorCode, string> = {
  'public-key-malformed': 'give the whole two-line file that minisign wrote, or its second line',
  'public-key-weak': 'such a key accepts forged signatures; make a new pair',
  'secret-key-malformed': 'give the whole two-line file that `minisign -G -W` or `mkimage.sh keygen` wrote',
  'secret-key-encrypted':
    'remove the password with `minisign -C -W -s FILE`, or make a key with `minisign -G -W`',
  'password-wrong': 'try again; without its password a key is lost',
  'signature-malformed': 'give the whole four-line .minisig file, unchanged',
  'signature-legacy': 'sign again without `-l`: only prehashed signatures are accepted',
  'signature-malleated': 'the signature was altered after it was made; get the original',
  'signature-weak': 'no signing program makes such a signature; get the original',
  'key-mismatch': 'use the public key that belongs to the one it was signed with',
  'signature-bad': 'the data or the signature was altered; get both again',
  'trusted-comment-bad': 'the trusted comment was altered; get the signature again',
  'verifiers-disagree':
    'treat the file as forged and report it: two implementations of ed25519 gave two answers',
  'comment-invalid': 'a comment is one line without control characters',
};

/** A key or a signature that is not accepted, and why. */
export class MinisignError extends Error {
  override readonly name = 'MinisignError';
  readonly code: MinisignErrorCode;
  /** What a person can do about it. */
  readonly hint: string;

  constructor(code: MinisignErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = HINTS[code];
  }
}
