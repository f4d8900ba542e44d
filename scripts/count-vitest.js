/**
 * Sums up vitest's JSON report: `node count-vitest.js <report> <status>` prints `passed failed skipped`.
 *
 * What failed without a test of its own is counted as one failure: a file that does not load, a hook that throws, an
 * error after the last test (vitest's exit status tells), a report that was never written.
 */
import { readFileSync } from 'node:fs';

const [report = '', status = '1'] = process.argv.slice(2);

/** @param {string} file */
function count(file) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  const brokenFiles = testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + brokenFiles.length,
    skipped: numPendingTests + numTodoTests,
  };
}

function countOrFailure() {
  try {
    return count(report);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const { passed, failed, skipped } = countOrFailure();
const isSilentFailure = status !== '0' && failed === 0;
process.stdout.write(`${passed} ${failed + (isSilentFailure ? 1 : 0)} ${skipped}\n`);
