/** Many small commands in one sandbox: a sandbox of its own for each would cost more than the commands. */
import { promises as fsp } from 'node:fs';
import { mapParallel } from '../../core/parallel.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import { runCaptured } from '../run.ts';
import { makeLayers, removeScratch } from './copy.ts';

export interface Job {
  readonly argv: readonly string[];
  /** Standard input; default: nothing. */
  readonly input?: Buffer;
  readonly timeoutMs: number;
  /** Of the directory that it runs in, which it may tell; default: its number. No two jobs have the same. */
  readonly dir?: string;
}

export interface JobOutcome {
  /** `exit 0`, `signal 9`, `timeout`. */
  readonly end: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface BatchOptions {
  readonly root: HostPath;
  readonly jobs: readonly Job[];
  readonly isEmulated: boolean;
  /** A directory of the caller's; a new one is made in it. */
  readonly scratch: HostPath;
  readonly signal?: AbortSignal;
  /** Called now and then with the number of jobs that are done. */
  readonly onDone?: (done: number) => void;
}

/** Two processors are what a small machine has; more would need as many copies of the root's page cache. */
const SHARDS = 2;
const TICK_MS = 500;

/**
 * Runs the jobs in copies of the root, each in a directory of its own, as root, without network. What they write besides
 * their output is thrown away.
 *
 * @returns the outcomes, in the order of the jobs.
 */
export async function runBatch(options: BatchOptions): Promise<JobOutcome[]> {
  const place = await withErrno('make a scratch directory', () => makePlace(options.scratch));
  for (const name of ['out', 'in', 'dir']) await fsp.mkdir(joinHost(place, name));
  await fsp.chmod(place, 0o1777);
  await fsp.copyFile(projectPath('native', 'build', 'emul-batch'), joinHost(place, 'emul-batch'));
  await Promise.all(
    options.jobs.map(async ({ input }, at) => {
      if (input !== undefined) await fsp.writeFile(joinHost(place, 'in', String(at)), input);
    }),
  );
  const ticker = setInterval(() => void countDone(place, options), TICK_MS);
  try {
    await mapParallel(
      Array.from({ length: SHARDS }, (_, shard) => shard),
      SHARDS,
      (shard) => runShard(place, options, shard),
    );
    return await mapParallel(options.jobs, 16, (_, at) => readOutcome(place, at));
  } finally {
    clearInterval(ticker);
    await removeScratch(place);
  }
}

async function makePlace(scratch: HostPath): Promise<HostPath> {
  return hostPath(await fsp.mkdtemp(joinHost(scratch, 'batch-')));
}

async function runShard(place: HostPath, options: BatchOptions, shard: number): Promise<void> {
  const { root, jobs, isEmulated, signal } = options;
  const list = jobs.flatMap((job, at) => (at % SHARDS === shard ? wordsOf(job, at) : []));
  if (list.length === 0) return;
  const layers = await makeLayers(place, `shard-${String(shard)}`);
  const result = await runCaptured(
    { root, layers, isEmulated, command: ['/tmp/emul-batch', '/tmp/out'], binds: [`${place}:/tmp`], network: 'none' },
    { input: list.map((word) => `${word}\0`).join(''), ...(signal === undefined ? {} : { signal }) },
  );
  if (result.status !== 0) throw new Error(`the batch ended with ${String(result.status)}: ${result.stderr}`);
}

function wordsOf({ argv, input, timeoutMs, dir }: Job, at: number): string[] {
  const name = String(at);
  const stdin = input === undefined ? '/dev/null' : `/tmp/in/${name}`;
  return [name, `/tmp/dir/${dir ?? name}`, stdin, String(timeoutMs), String(argv.length), ...argv];
}

async function readOutcome(place: HostPath, at: number): Promise<JobOutcome> {
  const read = (suffix: string): Promise<Buffer> => fsp.readFile(joinHost(place, 'out', `${String(at)}.${suffix}`));
  const [stdout, stderr, end] = await Promise.all([read('out'), read('err'), read('end')]);
  return { end: end.toString(), stdout, stderr };
}

async function countDone(place: HostPath, { onDone }: BatchOptions): Promise<void> {
  const names = await fsp.readdir(joinHost(place, 'out')).catch(() => []);
  onDone?.(names.filter((name) => name.endsWith('.end')).length);
}
