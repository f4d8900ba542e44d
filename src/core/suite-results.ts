/**
 * What an upstream test-suite prints about its tests, and what two runs of one suite say about each other.
 *
 * automake's parallel harness prints `PASS: tests/name.sh` and the like (automake manual, "Parallel Test Harness"). The
 * suite of GNU make prints a line a script, which holds many tests: `features/vpath ..... ok (15 passed)`.
 */

export type SuiteFormat = 'automake' | 'make';

/** `other` is automake's ERROR and XPASS, which count as failures there. */
export type TestStatus = 'pass' | 'fail' | 'skip' | 'expected-failure' | 'other';

export interface TestOutcome {
  readonly name: string;
  readonly status: TestStatus;
  /** How many tests of this script have passed, where the suite tells; of a script without failure too. */
  readonly passed?: number;
}

/** One test whose outcome is not the same both ways; a side is absent where the test did not run. */
export interface TestDifference {
  readonly name: string;
  readonly emulated?: TestOutcome;
  readonly accelerated?: TestOutcome;
  /** It fails or is gone when accelerated, and not so when emulated. */
  readonly isRegression: boolean;
}

const AUTOMAKE_STATUS: Readonly<Record<string, TestStatus>> = {
  PASS: 'pass',
  FAIL: 'fail',
  SKIP: 'skip',
  XFAIL: 'expected-failure',
  XPASS: 'other',
  ERROR: 'other',
};

/** @returns every test that the text tells of, in its order. */
export function parseSuite(format: SuiteFormat, text: string): TestOutcome[] {
  const lines = text.split('\n');
  return format === 'automake' ? lines.flatMap((line) => parseAutomakeLine(line) ?? []) : parseMakeLines(lines);
}

function parseAutomakeLine(line: string): TestOutcome | undefined {
  const [, word = '', name = ''] = /^([A-Z]+): (\S+)$/.exec(line) ?? [];
  const status = AUTOMAKE_STATUS[word];
  return status === undefined ? undefined : { name, status };
}

/**
 * The name and dots, then `ok (N passed)`, `FAILED (M/N passed)`, or `N/A`; what a test prints of its failures comes between
 * the two, and puts the end on a line of its own.
 */
function parseMakeLines(lines: readonly string[]): TestOutcome[] {
  const outcomes: TestOutcome[] = [];
  let name: string | undefined;
  for (const line of lines) {
    const [, begun, rest = line] = /^(\w+\/\S+) \.+ (.*)/.exec(line) ?? [];
    name = begun ?? name;
    const [, word, passed] = /^(ok|FAILED|N\/A)(?:\s+\((\d+)[ /].*\))?\s*$/.exec(rest) ?? [];
    if (name === undefined || word === undefined) continue;
    const status = word === 'ok' ? 'pass' : word === 'FAILED' ? 'fail' : 'skip';
    outcomes.push({ name, status, ...(passed === undefined ? {} : { passed: Number(passed) }) });
    name = undefined;
  }
  return outcomes;
}

/** @returns the tests whose outcomes differ, in the order of the emulated run. */
export function compareSuites(emulated: readonly TestOutcome[], accelerated: readonly TestOutcome[]): TestDifference[] {
  const slow = new Map(emulated.map((one) => [one.name, one]));
  const fast = new Map(accelerated.map((one) => [one.name, one]));
  return [...new Set([...slow.keys(), ...fast.keys()])].flatMap((name) => {
    const [left, right] = [slow.get(name), fast.get(name)];
    if (left?.status === right?.status && left?.passed === right?.passed) return [];
    const sides = { ...(left ? { emulated: left } : {}), ...(right ? { accelerated: right } : {}) };
    return [{ name, ...sides, isRegression: isRegression(left, right) }];
  });
}

function isRegression(emulated: TestOutcome | undefined, accelerated: TestOutcome | undefined): boolean {
  if (accelerated === undefined) return true;
  if (!hasFailed(accelerated)) return emulated !== undefined && accelerated.status === 'skip' && !hasFailed(emulated);
  return emulated === undefined || !hasFailed(emulated) || (accelerated.passed ?? 0) < (emulated.passed ?? 0);
}

function hasFailed({ status }: TestOutcome): boolean {
  return status === 'fail' || status === 'other';
}
