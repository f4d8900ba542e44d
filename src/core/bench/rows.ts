/** A result as rows of text: the terminal's table and the documents' are made of the same cells. */
import { isMeasured, type BenchResult, type BenchUnit, type Measured } from './result.ts';
import { digits, ratioText, timeText } from './statistics.ts';

/** One case with what was measured of it. */
export interface CaseRow {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly unit: BenchUnit;
  readonly measured: ReadonlyMap<string, Measured>;
  /** Why there is no figure, by contender. */
  readonly missing: ReadonlyMap<string, string>;
}

/** A row of a table that has rows of several runs. */
export interface DatedRow extends CaseRow {
  readonly run: BenchResult;
}

export function rowsOf({ cases, cells: all }: Pick<BenchResult, 'cases' | 'cells'>): CaseRow[] {
  return cases.map((each) => {
    const cells = all.filter((cell) => cell.case === each.id);
    const measured = new Map(cells.filter(isMeasured).map((cell) => [cell.contender, cell]));
    const missing = new Map(
      cells.flatMap((cell) => (isMeasured(cell) ? [] : [[cell.contender, cell.missing] as const])),
    );
    return { ...each, measured, missing };
  });
}

/**
 * Each case from the newest run that has measured it, in the order of `order`; cases that `order` does not know come last.
 * Within a case all figures are from one run: those of two runs cannot be compared.
 */
export function newestRows(runs: readonly BenchResult[], order: readonly string[]): DatedRow[] {
  const newest = new Map<string, DatedRow>();
  for (const run of [...runs].sort((a, b) => a.startedAt.localeCompare(b.startedAt))) {
    for (const row of rowsOf(run)) if (row.measured.size > 0) newest.set(row.id, { ...row, run });
  }
  const place = (id: string): number => (order.includes(id) ? order.indexOf(id) : order.length);
  return [...newest.values()].sort((a, b) => place(a.id) - place(b.id));
}

/** The contenders that any of these rows has a figure of, in the order of `order`. */
export function contendersOf(rows: readonly CaseRow[], order: readonly string[]): string[] {
  return order.filter((id) => rows.some(({ measured }) => measured.has(id)));
}

/** The median: `15.2 s`. */
export function valueText({ spread }: Measured, unit: BenchUnit): string {
  return unit === 'MiB' ? `${digits(spread.median)} MiB` : timeText(spread.median);
}

/** Smallest and largest as parts of the median: `-2 % +5 %`; empty for a single round. */
export function spreadText({ rounds, spread }: Measured): string {
  if (rounds.length < 2 || spread.median === 0) return '';
  const part = (value: number): string => `${Math.abs((value / spread.median - 1) * 100).toFixed(0)} %`;
  return `-${part(spread.min)} +${part(spread.max)}`;
}

/** How many times as long as with the other contender; undefined where either has no figure. */
export function ratioOf({ measured }: CaseRow, contender: string, other: string): number | undefined {
  const [one, two] = [measured.get(contender), measured.get(other)];
  return one === undefined || two === undefined || two.spread.median === 0
    ? undefined
    : one.spread.median / two.spread.median;
}

/** `14.5x`, or a dash. */
export function ratioCell(row: CaseRow, contender: string, other: string): string {
  const ratio = ratioOf(row, contender, other);
  return ratio === undefined ? '-' : ratioText(ratio);
}
