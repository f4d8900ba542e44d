/** All cases, in the order of the tables. docs/benchmarks.md says what the numbers mean. */
import { UsageError } from '../../core/errors.ts';
import { BUILD_CASES } from './build-cases.ts';
import type { BenchCase } from './case.ts';
import { COMPILE_CASES } from './compile-cases.ts';
import { HOST_CASES } from './host-cases.ts';
import { EXEC_CASES, MEMORY_CASES } from './exec-cases.ts';
import { SCALE_CASES } from './scale-cases.ts';

export const CASES: readonly BenchCase[] = [
  ...EXEC_CASES,
  ...COMPILE_CASES,
  ...BUILD_CASES,
  ...HOST_CASES,
  ...MEMORY_CASES,
  ...SCALE_CASES,
];

/**
 * The cases with these names, in the table's order; all of them when none is named.
 *
 * @throws UsageError E_USAGE for a name that is not in the table.
 */
export function chooseCases(names: readonly string[]): readonly BenchCase[] {
  const unknown = names.filter((name) => !CASES.some(({ id }) => id === name));
  if (unknown.length > 0) {
    throw new UsageError({
      what: `there is no such case of the benchmark: ${unknown.join(', ')}`,
      fix: [`Choose from: ${CASES.map(({ id }) => id).join(', ')}`],
    });
  }
  return names.length === 0 ? CASES : CASES.filter(({ id }) => names.includes(id));
}
