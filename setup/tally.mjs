/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures?: readonly string[] }} Tally
 * `failures`: what failed and why, a text of a few lines each
 * @typedef {{ status: string, fullName?: string, failureMessages?: readonly string[] | null }} TestResult
 * @typedef {{ name?: string, status: string, message?: string, assertionResults: readonly TestResult[] }} FileResult
 */

/** Of one failure; a difference of long texts is cut here. */
const MOST_LINES = 30;
const MOST_CHARACTERS = 4_000;

/**
 * Counts vitest's JSON report. A file that failed without a failed test (it does not load, a hook threw) counts
 * as one failure.
 * @param {{ testResults: readonly FileResult[] }} report
 * @returns {Tally}
 */
export function tallyReport({ testResults }) {
  const tally = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
  for (const { name = '', status, message = '', assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const passed = assertionResults.filter((test) => test.status === 'passed').length;
    const failures = failed.map(({ fullName = '', failureMessages }) =>
      failure(`${name}: ${fullName}`, (failureMessages ?? []).join('\n')),
    );
    if (status === 'failed' && failed.length === 0) failures.push(failure(name, message));
    tally.passed += passed;
    tally.failed += failures.length;
    tally.skipped += assertionResults.length - passed - failed.length;
    tally.failures.push(...failures);
  }
  return tally;
}

/**
 * @param {string} title
 * @param {string} why
 */
function failure(title, why) {
  const lines = why.slice(0, MOST_CHARACTERS).split('\n').slice(0, MOST_LINES);
  return [title, ...lines.map((line) => `    ${line}`)].join('\n');
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Required<Tally>}
 */
export function sumTallies(tallies) {
  const sum = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) };
  for (const { passed, failed, skipped, failures = [] } of tallies) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    sum.failures.push(...failures);
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
