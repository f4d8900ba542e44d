/** One trial of `npm run obs-build`, as it is kept in bench/obs-build, and the table of docs/build-systems.md. */
import * as v from 'valibot';
import { markdownTable } from './bench/documents.ts';
import { UsageError } from './errors.ts';

const Text = v.pipe(v.string(), v.minLength(1));
const Positive = v.pipe(v.number(), v.minValue(0));

const RecordSchema = v.strictObject({
  format: v.literal(1),
  /** ISO 8601, UTC. */
  endedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** The spec's or the .dsc's file name. */
  recipe: Text,
  /** As obs-build calls it. */
  arch: Text,
  /** Whose programs the root is made of. */
  suite: Text,
  /** Of our packages that were in the root. */
  accelerators: v.array(Text),
  /** Wall time; `preparation` is the accelerated one. */
  seconds: v.strictObject({ preparation: Positive, accelerated: Positive, emulated: Positive }),
  /** What was built. */
  packages: v.pipe(v.array(Text), v.minLength(1)),
  /** Those of them that have other bytes when they are built emulated. */
  different: v.array(Text),
  tool: v.strictObject({ version: Text, commit: v.optional(Text) }),
  machine: v.strictObject({ cpu: Text, cpus: Positive, memoryMib: Positive, kernel: Text, os: Text }),
  /** The load average of one minute, before the builds and after them: what is told of a loaded machine says little. */
  load: v.strictObject({ before: Positive, after: Positive }),
});

export type ObsRecord = v.InferOutput<typeof RecordSchema>;

/** @throws UsageError E_USAGE for what is no record of this version. */
export function parseObsRecord(text: string, name: string): ObsRecord {
  try {
    return v.parse(RecordSchema, JSON.parse(text));
  } catch (error) {
    throw new UsageError({
      what: `${name} is no record of an obs-build`,
      why: (error as Error).message,
      fix: ['Remove it, and record it again: npm run obs-build -- --record'],
    });
  }
}

const HEAD = ['recipe', 'root', 'build, emulated', 'accelerated', 'speed-up', 'packages', 'load', 'when'];

/** @param records in the order of the rows. */
export function obsTable(records: readonly ObsRecord[]): string {
  if (records.length === 0) return 'Nothing has been recorded yet.\n';
  return markdownTable([HEAD, ...records.map(rowOf)]);
}

function rowOf({ recipe, suite, arch, seconds, packages, different, load, endedAt }: ObsRecord): string[] {
  const { emulated, accelerated } = seconds;
  const outcome = different.length === 0 ? 'same bytes' : `other bytes: ${different.join(', ')}`;
  return [
    ...[`\`${recipe}\``, `${suite} ${arch}`, `${emulated.toFixed(1)} s`, `${accelerated.toFixed(1)} s`],
    ...[`${(emulated / accelerated).toFixed(1)}x`, `${String(packages.length)}, ${outcome}`],
    ...[`${load.before.toFixed(1)} to ${load.after.toFixed(1)}`, endedAt.slice(0, 16).replace('T', ' ')],
  ];
}
