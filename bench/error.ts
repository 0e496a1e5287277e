/** Everything that can stop a benchmark. */
export type BenchErrorCode =
  | 'usage'
  | 'not-root'
  | 'image-missing'
  | 'build-failed'
  | 'never-ready'
  | 'wrong-answer';

/** A benchmark that cannot go on: what is wrong, and what a person can do about it. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;
  readonly hint: string;

  constructor(code: BenchErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
