/**
 * What the benchmark is to show, as data, and whether it does. A target that is missed keeps its reason here, next to the
 * figure that it was set for: docs/benchmarks.md shows both.
 */
import { ratioOf, valueText, type CaseRow } from './rows.ts';
import { ratioText, spreadOf, timeText } from './statistics.ts';

interface Bound {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** How many times as long `of` takes as `to`; of several cases the median. */
interface RatioTarget extends Bound {
  readonly kind: 'ratio';
  readonly cases: readonly string[];
  readonly of: string;
  readonly to: string;
}

/** The figure of qemu-accel itself, in the unit of the case. */
interface ValueTarget extends Bound {
  readonly kind: 'value';
  readonly case: string;
  /** What is subtracted: the figure of another contender. */
  readonly over?: string;
}

/** In each case the first of these limits that has a figure holds; the worst case counts. */
interface LimitTarget {
  readonly kind: 'limits';
  readonly cases: readonly string[];
  readonly limits: readonly { readonly to: string; readonly atMost: number }[];
}

/** No other contender is faster in any case that measures time. */
interface FasterTarget {
  readonly kind: 'faster';
  readonly than: readonly string[];
}

export type Target = (RatioTarget | ValueTarget | LimitTarget | FasterTarget) & {
  readonly title: string;
  /** What stands in the way, and what shows it. */
  readonly whenMissed: string;
};

export interface Verdict {
  readonly target: Target;
  readonly state: 'met' | 'missed' | 'not measured';
  /** The figure, and the cases that it is of where there are several. */
  readonly figure: string;
}

const OURS = 'accel';

export function verdictOf(target: Target, rows: readonly CaseRow[]): Verdict {
  const { isMet, figure } = judged(target, rows);
  return { target, state: isMet === undefined ? 'not measured' : isMet ? 'met' : 'missed', figure };
}

interface Judged {
  /** Undefined without a figure. */
  readonly isMet: boolean | undefined;
  readonly figure: string;
}

const NOTHING: Judged = { isMet: undefined, figure: '-' };

function judged(target: Target, rows: readonly CaseRow[]): Judged {
  switch (target.kind) {
    case 'ratio':
      return judgedRatio(target, rows);
    case 'value':
      return judgedValue(target, rows);
    case 'limits':
      return judgedLimits(target, rows);
    case 'faster':
      return judgedFaster(target, rows);
  }
}

function judgedRatio(target: RatioTarget, rows: readonly CaseRow[]): Judged {
  const ratios = picked(target.cases, rows).flatMap((row) => ratioOf(row, target.of, target.to) ?? []);
  if (ratios.length === 0) return NOTHING;
  const { median } = spreadOf(ratios);
  const figure = `${ratioText(median)}${ratios.length === 1 ? '' : ` (${ratios.map(ratioText).join(', ')})`}`;
  // The median of some of the cases is a figure, and says nothing of the target.
  if (ratios.length < target.cases.length) {
    return {
      isMet: undefined,
      figure: `${figure}, of ${String(ratios.length)} of ${String(target.cases.length)} cases`,
    };
  }
  return { isMet: holds(median, target), figure };
}

function judgedValue(target: ValueTarget, rows: readonly CaseRow[]): Judged {
  const [row] = picked([target.case], rows);
  const [ours, other] = [row?.measured.get(OURS), row?.measured.get(target.over ?? '')];
  if (row === undefined || ours === undefined) return NOTHING;
  if (target.over === undefined) return { isMet: holds(ours.spread.median, target), figure: valueText(ours, row.unit) };
  if (other === undefined) return NOTHING;
  const more = ours.spread.median - other.spread.median;
  return { isMet: holds(more, target), figure: `${timeText(Math.max(0, more))} more` };
}

function judgedLimits({ cases, limits }: LimitTarget, rows: readonly CaseRow[]): Judged {
  const found = picked(cases, rows).flatMap((row) => {
    const [limit] = limits.flatMap(({ to, atMost }) => {
      const ratio = ratioOf(row, OURS, to);
      return ratio === undefined ? [] : [{ isMet: ratio <= atMost, text: `${ratioText(ratio)} of ${to}` }];
    });
    return limit === undefined ? [] : [{ ...limit, text: `${row.title.split(' of ').at(-1) ?? ''} ${limit.text}` }];
  });
  if (found.length === 0) return NOTHING;
  return { isMet: found.every(({ isMet }) => isMet), figure: found.map(({ text }) => text).join(', ') };
}

function judgedFaster({ than }: FasterTarget, rows: readonly CaseRow[]): Judged {
  const pairs = rows
    .filter(({ unit }) => unit === 'seconds')
    .flatMap((row) => than.map((peer) => ({ row, peer, ratio: ratioOf(row, peer, OURS) })));
  const known = pairs.flatMap(({ ratio, ...pair }) => (ratio === undefined ? [] : [{ ...pair, ratio }]));
  if (known.length === 0) return NOTHING;
  const slower = known.filter(({ ratio }) => ratio < 1);
  const names = slower.map(({ row, peer, ratio }) => `${peer} takes ${ratioText(ratio)} in ${row.title}`);
  const figure = `in ${String(known.length - slower.length)} of ${String(known.length)} comparisons`;
  return { isMet: slower.length === 0, figure: [figure, ...names].join('; ') };
}

function picked(cases: readonly string[], rows: readonly CaseRow[]): readonly CaseRow[] {
  return rows.filter(({ id }) => cases.includes(id));
}

function holds(value: number, { atMost, atLeast }: Bound): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}
