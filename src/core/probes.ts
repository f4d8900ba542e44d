/**
 * Probes: questions that `verify` asks every twin and the program that it stands for. They are data in `probes/*.toml`
 * (docs/verify.md); this module says what such a file may hold, and which questions a given emul tree is asked.
 */
import { parse } from 'smol-toml';
import * as v from 'valibot';
import type { Arch } from './arch.ts';
import { anyGlob } from './glob.ts';
import { fillPlaceholders } from './match.ts';
import type { TwinRecord } from './model.ts';

const paths = v.pipe(v.array(v.string()), v.minLength(1));

const fileSchema = v.strictObject({
  /** For programs whose path matches: one probe per list of arguments. The first rule that matches counts. */
  programs: v.optional(
    v.array(v.strictObject({ paths, args: v.array(v.array(v.string())), why: v.optional(v.string()) })),
    [],
  ),
  ask: v.optional(
    v.array(
      v.strictObject({
        title: v.string(),
        /** Asked where each of these patterns matches a twin. */
        needs: paths,
        /** Twins, besides those, that this question exercises: libraries have no command line. */
        covers: v.optional(v.array(v.string()), []),
        /** A script for sh(1), run in an empty directory. */
        run: v.string(),
      }),
    ),
    [],
  ),
  /** Lines of an output that differ, for a reason that the report gives. */
  known: v.optional(v.array(v.strictObject({ lines: v.string(), why: v.string() })), []),
});
export type ProbeFile = v.InferOutput<typeof fileSchema>;

export interface Probe {
  /** `/usr/bin/ls --version`, or the title of a question. */
  readonly title: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
}

export interface ProbePlan {
  readonly probes: readonly Probe[];
  /** Twins that at least one probe is about. */
  readonly probed: readonly string[];
  readonly unprobed: readonly string[];
}

const ONE_CALL_TIMEOUT_MS = 60_000;
/** A question may be a hundred emulated calls, on a busy machine. */
const QUESTION_TIMEOUT_MS = 10 * 60_000;

/** @throws Error for a file of ours that is wrong: a bug. */
export function parseProbes(text: string): ProbeFile {
  return v.parse(fileSchema, parse(text));
}

/** The questions for these twins: pointed ones first, since they take longest, then those for every program. */
export function planProbes(files: readonly ProbeFile[], twins: readonly TwinRecord[], arch: Arch): ProbePlan {
  const matcher = (patterns: readonly string[]): ((path: string) => boolean) =>
    anyGlob(patterns.map((pattern) => fillPlaceholders(pattern, arch)));
  const all = twins.map(({ path }) => path);
  const probed = new Set<string>();
  const asked = files
    .flatMap(({ ask }) => ask)
    .filter(({ needs }) => needs.every((pattern) => all.some(matcher([pattern]))))
    .map(({ title, run, covers, needs }) => {
      for (const path of all.filter(matcher([...needs, ...covers]))) probed.add(path);
      return { title, argv: ['sh', '-c', run], timeoutMs: QUESTION_TIMEOUT_MS };
    });
  const rules = files
    .flatMap(({ programs }) => programs)
    .map((rule) => ({ args: rule.args, matches: matcher(rule.paths) }));
  const called = twins
    .filter(({ kind }) => kind === 'executable')
    .flatMap(({ path }) => {
      const args = rules.find(({ matches }) => matches(path))?.args ?? [];
      if (args.length > 0) probed.add(path);
      return args.map((words) => ({
        title: [path, ...words].join(' '),
        argv: [path, ...words],
        timeoutMs: ONE_CALL_TIMEOUT_MS,
      }));
    });
  return {
    probes: [...asked, ...called],
    probed: all.filter((path) => probed.has(path)),
    unprobed: all.filter((path) => !probed.has(path)),
  };
}

/** An output without the lines that may differ for a known reason. */
export function withoutKnown(files: readonly ProbeFile[], text: string): string {
  const patterns = files.flatMap(({ known }) => known).map(({ lines }) => new RegExp(lines));
  const kept = text.split('\n').filter((line) => !patterns.some((pattern) => pattern.test(line)));
  return kept.join('\n');
}

/** The reasons of the rules whose lines differ in these two outputs. */
export function knownReasons(files: readonly ProbeFile[], left: string, right: string): string[] {
  const matching = (text: string, pattern: RegExp): string =>
    text
      .split('\n')
      .filter((line) => pattern.test(line))
      .join('\n');
  return files
    .flatMap(({ known }) => known)
    .filter(({ lines }) => matching(left, new RegExp(lines)) !== matching(right, new RegExp(lines)))
    .map(({ why }) => why);
}
