/** What upstream test-suites print, what two runs of one say about each other, and how that is shown. */
import { describe, expect, test } from 'vitest';
import { chooseSuites, SUITES } from '../../src/app/suites/table.ts';
import type { SuiteResult } from '../../src/app/suites/suites.ts';
import { renderSuites } from '../../src/cli/suites-report.ts';
import { compareSuites, parseSuite, type TestOutcome } from '../../src/core/suite-results.ts';

test('names are chosen in the order of the table, and unknown ones are refused', () => {
  const [first, second] = SUITES.map((row) => row.name) as [string, string];
  expect(chooseSuites([second, first]).map((row) => row.name)).toEqual([first, second]);
  expect(() => chooseSuites(['no-such'])).toThrow(/no-such/);
});

test('the lines of automake’s harness', () => {
  const text = [
    'make  check-TESTS',
    'PASS: testsuite/8bit.sh',
    'FAIL: testsuite/bsd.sh',
    'SKIP: testsuite/mac-mf.sh',
    'XFAIL: testsuite/old.sh',
    'XPASS: testsuite/new.sh',
    'ERROR: testsuite/broken.sh',
    '# PASS:  1',
    'FAIL: a sentence that a test has printed',
  ].join('\n');
  expect(parseSuite('automake', text)).toEqual([
    { name: 'testsuite/8bit.sh', status: 'pass' },
    { name: 'testsuite/bsd.sh', status: 'fail' },
    { name: 'testsuite/mac-mf.sh', status: 'skip' },
    { name: 'testsuite/old.sh', status: 'expected-failure' },
    { name: 'testsuite/new.sh', status: 'other' },
    { name: 'testsuite/broken.sh', status: 'other' },
  ]);
});

test('the lines of GNU make’s own harness', () => {
  const text = [
    'Running tests for GNU make on Linux',
    'features/archives ....................................... ok     (22 passed)',
    'targets/POSIX ........................................... FAILED (8/9 passed)',
    'features/exec ........................................... Error running make (expected 0; got 512)',
    'scripts/features/exec:48: make -f work/features/exec.mk',
    'FAILED (13/16 passed)',
    'vms/library ............................................. N/A',
    '',
    '1 Test in 1 Category Failed (See .diff* files in work dir for details) :-(',
  ].join('\n');
  expect(parseSuite('make', text)).toEqual([
    { name: 'features/archives', status: 'pass', passed: 22 },
    { name: 'targets/POSIX', status: 'fail', passed: 8 },
    { name: 'features/exec', status: 'fail', passed: 13 },
    { name: 'vms/library', status: 'skip' },
  ]);
});

describe('two runs', () => {
  const isRegression = (emulated?: Omit<TestOutcome, 'name'>, accelerated?: Omit<TestOutcome, 'name'>) =>
    compareSuites(
      emulated ? [{ name: 'one', ...emulated }] : [],
      accelerated ? [{ name: 'one', ...accelerated }] : [],
    ).map((one) => one.isRegression)[0];

  test('equal outcomes are no difference, failures neither', () => {
    expect(isRegression({ status: 'pass' }, { status: 'pass' })).toBeUndefined();
    expect(isRegression({ status: 'fail', passed: 3 }, { status: 'fail', passed: 3 })).toBeUndefined();
  });

  test('a failure that emulation does not have, or has less of, is a regression', () => {
    expect(isRegression({ status: 'pass' }, { status: 'fail' })).toBe(true);
    expect(isRegression({ status: 'skip' }, { status: 'other' })).toBe(true);
    expect(isRegression({ status: 'fail', passed: 4 }, { status: 'fail', passed: 3 })).toBe(true);
  });

  test('so is a test that is skipped or gone', () => {
    expect(isRegression({ status: 'pass' }, { status: 'skip' })).toBe(true);
    expect(isRegression({ status: 'pass' }, undefined)).toBe(true);
    expect(isRegression({ status: 'fail' }, undefined)).toBe(true);
  });

  test('what only emulation fails is none', () => {
    expect(isRegression({ status: 'fail' }, { status: 'pass' })).toBe(false);
    expect(isRegression({ status: 'skip' }, { status: 'pass' })).toBe(false);
    expect(isRegression(undefined, { status: 'pass' })).toBe(false);
  });
});

test('two lines a suite, and below them each test that differs', () => {
  const emulated: TestOutcome[] = [
    { name: 'a', status: 'pass' },
    { name: 'b', status: 'pass', passed: 3 },
    { name: 'c', status: 'fail' },
  ];
  const accelerated: TestOutcome[] = [
    { name: 'a', status: 'pass' },
    { name: 'b', status: 'fail', passed: 2 },
    { name: 'c', status: 'fail' },
  ];
  const result: SuiteResult = {
    name: 'sed',
    version: '4.9',
    outcome: 'failed',
    emulated,
    accelerated,
    emulatedSeconds: 200,
    acceleratedSeconds: 10,
    starts: { accelerated: 77, emulated: 0 },
    differences: compareSuites(emulated, accelerated),
  };
  const text = renderSuites([result]);
  expect(text).toMatch(/^sed 4\.9 {2}emulated +2 +1 +0 +0 +200 +-$/m);
  expect(text).toMatch(/^sed 4\.9 {2}accelerated +1 +2 +0 +0 +10 +77 \/ 0$/m);
  expect(text).toContain('sed: b: pass (3 passed) emulated, fail (2 passed) accelerated\n');
  expect(text).toContain('sed: both ways fail: c\n');
  expect(text).toContain('sed: 1 FAIL only accelerated\n');
});
