/**
 * The same shell snippets in one build root, once emulated and once accelerated. A sandbox start and an emulated shell cost
 * more than most snippets, so each side runs them all in as few sandboxes as there are processors.
 */
import { promises as fsp } from 'node:fs';
import { compareTrees, type Comparison } from '../../src/adapters/compare/compare-trees.ts';
import { runCaptured } from '../../src/app/run.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { parseTraceLine, type TraceRecord } from '../../src/core/trace.ts';
import { exec } from '../../src/os/exec.ts';
import { tempDir, type TempDir } from './temp.ts';

export interface Snippet {
  readonly title: string;
  /** Run by bash in a directory of its own, with no input; /tmp/lib holds what the test put into `library`. */
  readonly script: string;
  /** Lines that are left out of the comparison, with the reason why they may differ. */
  readonly exempt?: { readonly lines: RegExp; readonly why: string };
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: string;
}

export interface Sides {
  /** What became of one snippet on either side. */
  readonly outcomes: (snippet: Snippet) => Promise<{ readonly emulated: Outcome; readonly accelerated: Outcome }>;
  /** The files that it left in its directory. */
  readonly files: (snippet: Snippet) => Promise<Comparison>;
  /** One record per program that the accelerated side started. */
  readonly trace: () => Promise<readonly TraceRecord[]>;
  readonly dispose: () => Promise<void>;
}

export interface SidesOptions {
  readonly root: HostPath;
  readonly snippets: readonly Snippet[];
  /** Copied to /tmp/lib of both sides. */
  readonly library: HostPath;
}

type Side = 'emulated' | 'accelerated';

const SHARDS: Readonly<Record<Side, number>> = { emulated: 2, accelerated: 1 };
const TIMEOUT_MS = 8 * 60 * 1000;

const DRIVER = `
for name; do
  mkdir -p /tmp/scratch/$name
  (cd /tmp/scratch/$name && exec bash /tmp/snippets/$name) </dev/null >/tmp/out/$name.stdout 2>/tmp/out/$name.stderr
  echo $? >/tmp/out/$name.status
done
`;

/** Runs all snippets on both sides, to their ends. */
export async function runBothSides(options: SidesOptions): Promise<Sides> {
  const temp = await tempDir();
  try {
    const runs = (['emulated', 'accelerated'] as const).map((side) => runSide(temp, side, options));
    await Promise.all(runs);
  } catch (error) {
    await temp.dispose();
    throw error;
  }
  const place = (side: Side, ...path: readonly string[]): HostPath => joinHost(temp.dir, side, ...path);
  const nameOf = (snippet: Snippet): string => fileName(options.snippets.indexOf(snippet));
  const outcome = async (side: Side, snippet: Snippet): Promise<Outcome> =>
    readOutcome(place(side, 'out', nameOf(snippet)), snippet.exempt?.lines);
  return {
    outcomes: async (snippet) => ({
      emulated: await outcome('emulated', snippet),
      accelerated: await outcome('accelerated', snippet),
    }),
    files: (snippet) =>
      compareTrees(place('emulated', 'scratch', nameOf(snippet)), place('accelerated', 'scratch', nameOf(snippet))),
    trace: () => readTraceFile(joinHost(temp.dir, 'trace')),
    dispose: temp.dispose,
  };
}

/** The records of a file that `run --trace` wrote. */
export async function readTraceFile(path: HostPath): Promise<readonly TraceRecord[]> {
  const lines = (await fsp.readFile(path, 'utf8')).split('\n');
  return lines.map(parseTraceLine).filter((record) => record !== undefined);
}

async function runSide(temp: TempDir, side: Side, { root, snippets, library }: SidesOptions): Promise<void> {
  const dir = joinHost(temp.dir, side);
  for (const name of ['snippets', 'out', 'scratch']) await fsp.mkdir(joinHost(dir, name), { recursive: true });
  await fsp.chmod(dir, 0o1777);
  await exec(['cp', '--archive', library, joinHost(dir, 'lib')]);
  await fsp.writeFile(joinHost(dir, 'driver'), DRIVER);
  await Promise.all(snippets.map(({ script }, at) => fsp.writeFile(joinHost(dir, 'snippets', fileName(at)), script)));
  const shards = SHARDS[side];
  await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const names = snippets.map((_snippet, at) => at).filter((at) => at % shards === shard);
      const result = await runCaptured(
        {
          root,
          command: ['bash', '/tmp/driver', ...names.map(fileName)],
          isEmulated: side === 'emulated',
          binds: [`${dir}:/tmp`],
          network: 'none',
          ...(side === 'accelerated' ? { trace: joinHost(temp.dir, 'trace') } : {}),
        },
        { timeoutMs: TIMEOUT_MS },
      );
      if (result.status !== 0)
        throw new Error(`the ${side} side ended with ${String(result.status)}: ${result.stderr}`);
    }),
  );
}

function fileName(at: number): string {
  return String(at).padStart(3, '0');
}

async function readOutcome(path: string, exempt?: RegExp): Promise<Outcome> {
  const [stdout = '', stderr = '', status = ''] = await Promise.all(
    ['stdout', 'stderr', 'status'].map((what) => fsp.readFile(`${path}.${what}`, 'latin1')),
  );
  return { stdout: normalise(stdout, exempt), stderr: normalise(stderr, exempt), status: status.trim() };
}

/** What is random by nature: names of temporary files of gcc and make, process numbers in bash's messages. */
function normalise(text: string, exempt?: RegExp): string {
  return text
    .split('\n')
    .filter((line) => exempt?.test(line) !== true)
    .join('\n')
    .replaceAll(/\/tmp\/(cc|Gm)\w{6}/g, '/tmp/$1XXXXXX')
    .replaceAll(/(: line \d+: +)\d+ /g, '$1PID ');
}
