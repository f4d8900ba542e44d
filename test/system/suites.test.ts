/**
 * A part of the test-suite of GNU make, run against the make that is installed in the root, emulated and accelerated.
 * `npm run suites` does the same with whole suites.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSuites, type SuiteResult } from '../../src/app/suites/suites.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';

/** Scripts of several makes each, one with an object of C that make loads, which has no twin. */
const TESTS = ['features/escape', 'features/load', 'functions/wildcard', 'variables/automatic'];

let copy: RootCopy;
let result: SuiteResult | undefined;

describeNeeding(['binfmt', 'qemu-aarch64'], 'a test-suite of upstream', () => {
  beforeAll(
    async () => {
      copy = await copyOfRoot(await testRoot('trixie-arm64-builds'));
      [result] = await runSuites({
        names: ['make'],
        tests: TESTS.join(' '),
        root: copy.root,
        isAgain: false,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      });
    },
    10 * 60 * 1000,
  );
  afterAll(() => copy.dispose());

  test('has no outcome that the emulated run does not have', () => {
    expect(result).toMatchObject({ outcome: 'passed', differences: [] });
    expect(result?.accelerated?.map(({ name }) => name)).toEqual(TESTS);
    expect(result?.accelerated?.every(({ status, passed = 0 }) => status === 'pass' && passed > 1)).toBe(true);
  });

  test('tested the twin', () => {
    expect(result?.starts?.accelerated).toBeGreaterThan(20);
  });
});
