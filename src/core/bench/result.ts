/**
 * One run of the benchmark, as it is written to bench/results: docs/benchmarks.md describes every field. All times are
 * seconds; one cell is one case with one contender, measured, or the reason why there is nothing to measure.
 */
import * as v from 'valibot';
import { UsageError } from '../errors.ts';
import { spreadOf } from './statistics.ts';

const Text = v.pipe(v.string(), v.minLength(1));
const Positive = v.pipe(v.number(), v.minValue(0));

const SpreadSchema = v.strictObject({ min: Positive, median: Positive, max: Positive });

const MeasuredSchema = v.pipe(
  v.strictObject({
    case: Text,
    contender: Text,
    /** One value a round, in the order in which they were measured: seconds, or what the case's unit says. */
    rounds: v.pipe(v.array(Positive), v.minLength(1)),
    spread: SpreadSchema,
    /** CPU seconds of the median round, where the case has any. */
    cpu: v.optional(v.strictObject({ user: Positive, system: Positive })),
    /** KiB of the largest process. */
    maxRssKib: v.optional(Positive),
  }),
  v.check(({ rounds, spread }) => sameSpread(spread, spreadOf(rounds)), 'the spread is not that of the rounds'),
);

const MissingSchema = v.strictObject({ case: Text, contender: Text, missing: Text });

const ResultSchema = v.strictObject({
  format: v.literal(1),
  mode: v.picklist(['quick', 'full']),
  /** ISO 8601, UTC. */
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  endedAt: v.pipe(v.string(), v.isoTimestamp()),
  tool: v.strictObject({ version: Text, commit: v.optional(Text) }),
  machine: v.strictObject({
    cpu: Text,
    cpus: Positive,
    memoryMib: Positive,
    kernel: Text,
    os: Text,
    /** Processes that were running or waiting: load average of one minute, before the first round and after the last. */
    load: v.strictObject({ before: Positive, after: Positive }),
  }),
  /** By program or package: `qemu`, `node`, `guest gcc` ... */
  versions: v.record(v.string(), v.string()),
  contenders: v.array(v.strictObject({ id: Text, title: Text, what: Text })),
  cases: v.array(v.strictObject({ id: Text, title: Text, what: Text, unit: v.picklist(['seconds', 'MiB']) })),
  cells: v.array(v.union([MeasuredSchema, MissingSchema])),
});

export type BenchResult = v.InferOutput<typeof ResultSchema>;
export type Measured = v.InferOutput<typeof MeasuredSchema>;
export type BenchCell = BenchResult['cells'][number];
export type BenchUnit = BenchResult['cases'][number]['unit'];

/** @throws UsageError E_USAGE for what is no result of this version. */
export function parseResult(text: string, name: string): BenchResult {
  const parsed = v.safeParse(ResultSchema, readJson(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new UsageError({
    what: `${name} is not a result of the benchmark`,
    why: `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`,
    fix: ['Measure again: npm run bench'],
  });
}

/** A measured cell, from its rounds. */
export function measuredCell(
  where: Pick<Measured, 'case' | 'contender'>,
  rounds: readonly number[],
  more: Pick<Measured, 'cpu' | 'maxRssKib'> = {},
): Measured {
  return { ...where, rounds: [...rounds], spread: spreadOf(rounds), ...more };
}

export function isMeasured(cell: BenchCell): cell is Measured {
  return 'rounds' in cell;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function sameSpread(left: v.InferOutput<typeof SpreadSchema>, right: typeof left): boolean {
  return left.min === right.min && left.median === right.median && left.max === right.max;
}
