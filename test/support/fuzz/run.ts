/** Twin against emulated program, for many random cases; and the smallest case that still differs. */
import { promises as fsp } from 'node:fs';
import { runBatch, type JobOutcome } from '../../../src/app/verify/batch.ts';
import { makeScratch, removeScratch } from '../../../src/app/verify/copy.ts';
import { describeContents } from '../../../src/core/compare/outcome.ts';
import { joinHost, type HostPath } from '../../../src/core/paths.ts';
import { quoteArgv } from '../../../src/os/exec.ts';
import { randomOf } from './random.ts';
import { makeCase, type FuzzCase } from './tools.ts';

export interface FuzzOptions {
  readonly root: HostPath;
  readonly seed: number;
  readonly cases: number;
}

export interface FuzzFailure {
  readonly number: number;
  readonly tool: string;
  /** A command line, its input, and how the answers differ. */
  readonly report: string;
}

/** Random processes' numbers and names of temporary files. */
const RANDOM_NAMES = /\/tmp\/(cc|Gm)\w{6}|(?<=: line \d+: +)\d+ /g;
/** What qemu-user itself says when its program dies by a signal. */
const EMULATOR_LINES = /^qemu: uncaught target signal .*\n/gm;
const TIMEOUT_MS = 60_000;
const SHRINK_ROUNDS = 6;
const SHRUNK_FAILURES = 5;

/** @returns the cases for which both sides differ: the first few as small as they get. */
export async function fuzzTwins({ root, seed, cases }: FuzzOptions): Promise<FuzzFailure[]> {
  const samples = { elf: await fsp.readFile(joinHost(root, 'usr/bin/true')) };
  const random = randomOf(seed);
  const made = Array.from({ length: cases }, (_, number) => makeCase(random, number, samples));
  const scratch = await makeScratch();
  try {
    const failing = await differing(root, scratch, made);
    const found: FuzzFailure[] = [];
    for (const [order, { at, ...difference }] of failing.entries()) {
      const original = made[at];
      if (original === undefined) continue;
      const small = order < SHRUNK_FAILURES ? await shrink(root, scratch, original) : undefined;
      found.push({ number: at, tool: original.name, report: report(small ?? { subject: original, ...difference }) });
    }
    return found;
  } finally {
    await removeScratch(scratch);
  }
}

interface Pair {
  readonly emulated: JobOutcome;
  readonly accelerated: JobOutcome;
}

async function differing(
  root: HostPath,
  scratch: HostPath,
  cases: readonly FuzzCase[],
): Promise<(Pair & { at: number })[]> {
  const jobs = cases.map(({ argv, input }) => ({ argv, input, timeoutMs: TIMEOUT_MS }));
  const sides = [true, false].map((isEmulated) => runBatch({ root, jobs, isEmulated, scratch }));
  const [emulated = [], accelerated = []] = await Promise.all(sides);
  return cases.flatMap((_, at) => {
    const pair = { emulated: emulated[at], accelerated: accelerated[at] };
    if (pair.emulated === undefined || pair.accelerated === undefined) return [];
    return isEqual(pair as Pair) ? [] : [{ ...(pair as Pair), at }];
  });
}

function isEqual({ emulated, accelerated }: Pair): boolean {
  return (
    emulated.end === accelerated.end &&
    normalise(emulated.stdout).equals(normalise(accelerated.stdout)) &&
    normalise(emulated.stderr).equals(normalise(accelerated.stderr))
  );
}

function normalise(output: Buffer): Buffer {
  const text = output.toString('latin1').replaceAll(RANDOM_NAMES, 'X').replaceAll(EMULATOR_LINES, '');
  return Buffer.from(text, 'latin1');
}

type Small = Pair & { readonly subject: FuzzCase };

/** Takes away arguments and parts of the input as long as the answers go on to differ. */
async function shrink(root: HostPath, scratch: HostPath, original: FuzzCase): Promise<Small | undefined> {
  let best: Small | undefined;
  for (let round = 0; round < SHRINK_ROUNDS; round++) {
    const candidates = smaller(best?.subject ?? original);
    const [smallest] = (await differing(root, scratch, candidates))
      .map(({ at, ...pair }) => ({ ...pair, subject: candidates[at] ?? original }))
      .sort((a, b) => sizeOf(a.subject) - sizeOf(b.subject));
    if (smallest === undefined) break;
    best = smallest;
  }
  return best;
}

function smaller({ argv, input }: FuzzCase): FuzzCase[] {
  // `env LC_ALL=C tool`: without the tool it would be another one's case.
  const fixed = argv[0] === 'env' ? 3 : 1;
  const fewer = argv
    .slice(fixed)
    .map((_, at) => ({ argv: argv.filter((_word, index) => index !== at + fixed), input }));
  const lines = input.toString('latin1').split('\n');
  const cut = [lines.slice(0, lines.length >> 1), lines.slice(lines.length >> 1), lines.slice(1), lines.slice(0, -1)];
  return [
    ...fewer,
    ...cut
      .filter((kept) => kept.length < lines.length)
      .map((kept) => ({ argv, input: Buffer.from(kept.join('\n'), 'latin1') })),
  ];
}

function sizeOf({ argv, input }: FuzzCase): number {
  return argv.join(' ').length + input.length;
}

function report({ subject, emulated, accelerated }: Small): string {
  const lines = (['stdout', 'stderr'] as const)
    .filter((where) => !normalise(emulated[where]).equals(normalise(accelerated[where])))
    .flatMap((where) => [
      `${where}:`,
      ...describeContents({ emulated: emulated[where], accelerated: accelerated[where] }),
    ]);
  const input = JSON.stringify(subject.input.subarray(0, 200).toString('latin1'));
  return [`${quoteArgv(subject.argv)}  <<< ${input}`, `${emulated.end}, ${accelerated.end}`, ...lines].join('\n');
}
