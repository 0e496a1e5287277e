/** All that can go wrong in supervision beside a service's own failures, which are states. */
export type SupervisorErrorCode =
  /** The definitions contradict each other or hold values out of range. Nothing was started. */
  | 'bad-definitions'
  /** No service has that name. */
  | 'unknown-service'
  /** A service that was waited for is stopped, or failed for good, and will not be ready. */
  | 'not-ready';

export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;
  /** What a person can do about it. */
  readonly hint: string;

  constructor(code: SupervisorErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
