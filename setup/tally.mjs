/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 * @typedef {{ name?: string, status: string, assertionResults: readonly { status: string }[] }} FileResult
 */

/**
 * Counts vitest's JSON report. A file that failed without a failed test (it does not load, a hook threw) counts
 * as one failure.
 * @param {{ testResults: readonly FileResult[] }} report
 * @returns {Tally}
 */
export function tallyReport({ testResults }) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed').length;
    const passed = assertionResults.filter((test) => test.status === 'passed').length;
    tally.passed += passed;
    tally.failed += status === 'failed' && failed === 0 ? 1 : failed;
    tally.skipped += assertionResults.length - passed - failed;
  }
  return tally;
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sumTallies(tallies) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of tallies) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

/** @param {Tally} tally */
export function formatTally({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Nothing that ran is no success.
 * @param {Tally} tally
 */
export function exitCodeOf({ passed, failed }) {
  return failed > 0 || passed === 0 ? 1 : 0;
}
