/** Everything that can stop a build. */
export type ImageErrorCode =
  | 'usage'
  | 'tool-missing'
  | 'keyring-missing'
  | 'mirror-unknown'
  | 'download-failed'
  | 'offline'
  | 'signature-bad'
  | 'release-expired'
  | 'release-malformed'
  | 'hash-mismatch'
  | 'lock-malformed'
  | 'package-missing'
  | 'file-missing'
  | 'library-missing'
  | 'module-missing'
  | 'kernel-too-old'
  | 'elf-malformed'
  | 'forbidden-content'
  | 'path-conflict'
  | 'budget-exceeded'
  | 'source-missing'
  | 'bundle-failed'
  | 'command-failed'
  | 'key-unusable'
  | 'signing-failed';

/** A build that cannot go on: what is wrong, and what a person can do about it. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;
  readonly hint: string;

  constructor(code: ImageErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
