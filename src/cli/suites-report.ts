/** The table of `npm run suites`. */
import type { SuiteResult } from '../app/suites/suites.ts';
import type { TestOutcome, TestStatus } from '../core/suite-results.ts';
import { renderTable } from './table.ts';

const COLUMNS = [
  { title: 'suite' },
  { title: '' },
  { title: 'pass', align: 'right' },
  { title: 'fail', align: 'right' },
  { title: 'skip', align: 'right' },
  { title: 'expected failure', align: 'right' },
  { title: 'seconds', align: 'right' },
  { title: 'of the tool, native / in qemu', align: 'right' },
] as const;

type Side = 'emulated' | 'accelerated';

export function renderSuites(results: readonly SuiteResult[]): string {
  const notes = results.flatMap(notesOf).map((line) => `${line}\n`);
  const table = renderTable(COLUMNS, results.flatMap(rowsOf));
  return [table, notes.join(''), `${results.map(renderSuite).join('\n')}\n`].filter((part) => part !== '').join('\n');
}

/** One line, for while the others still run. */
export function renderSuite(result: SuiteResult): string {
  const { name, outcome, differences } = result;
  const regressions = differences.filter((one) => one.isRegression).length;
  const words: Record<SuiteResult['outcome'], string> = {
    passed: 'no failure that emulation does not have',
    failed: regressions > 0 ? `${String(regressions)} FAIL only accelerated` : 'FAILED',
    missing: 'no source',
  };
  return `${name}: ${words[outcome]}`;
}

function rowsOf(result: SuiteResult): string[][] {
  const title = [result.name, result.version].join(' ').trim();
  return (['emulated', 'accelerated'] as const).map((side) => [title, side, ...numbersOf(result, side)]);
}

function numbersOf(result: SuiteResult, side: Side): string[] {
  const outcomes = result[side];
  const seconds = side === 'emulated' ? result.emulatedSeconds : result.acceleratedSeconds;
  if (outcomes === undefined || seconds === undefined) return ['-', '-', '-', '-', '-', '-'];
  const { starts } = result;
  const started =
    side === 'emulated' || starts === undefined ? '-' : `${String(starts.accelerated)} / ${String(starts.emulated)}`;
  return [
    String(count(outcomes, 'pass')),
    String(count(outcomes, 'fail') + count(outcomes, 'other')),
    String(count(outcomes, 'skip')),
    String(count(outcomes, 'expected-failure')),
    seconds.toFixed(0),
    started,
  ];
}

function count(outcomes: readonly TestOutcome[], status: TestStatus): number {
  return outcomes.filter((one) => one.status === status).length;
}

function notesOf({ name, why, differences, emulated = [] }: SuiteResult): string[] {
  const both = emulated.filter((one) => one.status === 'fail' && !differences.some((other) => other.name === one.name));
  return [
    ...(why === undefined ? [] : [`${name}: ${why}`]),
    ...differences.map(
      (one) => `${name}: ${one.name}: ${worded(one.emulated)} emulated, ${worded(one.accelerated)} accelerated`,
    ),
    ...(both.length === 0 ? [] : [`${name}: both ways fail: ${both.map((one) => one.name).join(', ')}`]),
  ];
}

function worded(outcome: TestOutcome | undefined): string {
  if (outcome === undefined) return 'did not run';
  return outcome.passed === undefined ? outcome.status : `${outcome.status} (${String(outcome.passed)} passed)`;
}
