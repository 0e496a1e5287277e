/** Something a person has to mend; printed without a stack. */
export class SetupFailure extends Error {
  /**
   * @param {string} message what happened
   * @param {string} hint what to do
   */
  constructor(message, hint) {
    super(message);
    this.name = 'SetupFailure';
    this.hint = hint;
  }
}

/**
 * Runs `work` and leaves with its exit code.
 * @param {() => Promise<number>} work
 */
export async function leaveWith(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    process.stderr.write(`\n${error.message}\n  to do: ${error.hint}\n`);
    process.exitCode = 1;
  }
}
