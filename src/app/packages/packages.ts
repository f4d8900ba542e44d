/**
 * `npm run packages`: whole Debian source packages, built in one build root accelerated and emulated, and compared. The
 * .deb files must have the same bytes. docs/packages.md says how it is done.
 */
import { promises as fsp } from 'node:fs';
import { compareDebs } from '../../adapters/compare/compare-debs.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { cacheDir, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import type { ProgressSink } from '../progress.ts';
import { buildPackage, type BuildOutcome } from './build.ts';
import { keepBuild, keptBuildDir, readKeptBuild, type KeptBuild } from './kept-builds.ts';
import { blankResult, type PackageResult } from './result.ts';
import { ARCH, makeRoot, prepareRoot, SUITE } from './root.ts';
import { findSources, type BuildSource, type BuildSourceAnswer } from './sources.ts';
import { choosePackages, type PackageRow } from './table.ts';

export interface PackagesOptions {
  /** Rows of the table; all of them when empty. */
  readonly names: readonly string[];
  /** A build root with the build dependencies, which is given an emul tree and a builder. Default: one in the cache. */
  readonly root?: HostPath;
  /** Builds one way only. */
  readonly only?: Way;
  /** Builds emulated even where such a build is kept. */
  readonly isAgain: boolean;
  /** Builds emulated a second time where the packages differ, to see whether emulation agrees with itself. */
  readonly isTwice: boolean;
  /** Told of every package as soon as it is done. */
  readonly onResult?: (result: PackageResult) => void;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

export type Way = 'accelerated' | 'emulated';

const LOCK_WAIT_SECONDS = 1;

/** All that building one package takes. */
interface Job {
  readonly options: PackagesOptions;
  readonly base: HostPath;
  readonly root: HostPath;
  readonly row: PackageRow;
  readonly source: BuildSource;
}

/**
 * @returns a result for every package that was asked for, in the table's order: a build that fails is a result too.
 * @throws UsageError for names that are not in the table; what bootstrap, install and run throw.
 */
export async function buildPackages(options: PackagesOptions): Promise<PackageResult[]> {
  const rows = choosePackages(options.names);
  const base = joinHost(cacheDir(), 'packages');
  await withErrno(`make ${base}`, () => fsp.mkdir(joinHost(base, 'logs'), { recursive: true }));
  const root = options.root ?? joinHost(base, `${SUITE}-${ARCH.name}`);
  await withLock(joinHost(base, 'root.lock'), LOCK_WAIT_SECONDS, () => makeRoot(root, options));
  await prepareRoot(root, rows, options);
  options.onProgress({ kind: 'phase', title: 'fetching source packages' });
  const sources = await findSources(root, rows, options.signal);
  const results: PackageResult[] = [];
  for (const row of rows) {
    const result = await resultOf({ options, base, root, row }, sources.get(row.name));
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

function resultOf(
  job: Omit<Job, 'source'>,
  answer: BuildSourceAnswer | undefined,
): PackageResult | Promise<PackageResult> {
  if (answer?.kind === 'found') return bothWays({ ...job, source: answer.source });
  return { ...blankResult(job.row), outcome: 'missing', ...(answer === undefined ? {} : { why: answer.why }) };
}

async function bothWays(job: Job): Promise<PackageResult> {
  const { base, row, source, options } = job;
  const result = { ...blankResult(row), version: source.version };
  const made = joinHost(base, 'accelerated', source.name);
  await fsp.rm(made, { recursive: true, force: true });
  const accelerated = options.only === 'emulated' ? undefined : await build(job, 'accelerated', made);
  if (accelerated?.kind === 'failed') return { ...result, outcome: 'failed', why: accelerated.why };
  const counted = accelerated?.programs === undefined ? {} : { programs: accelerated.programs };
  const fast = accelerated === undefined ? {} : { acceleratedSeconds: accelerated.seconds, ...counted };
  const packages = accelerated?.packages ?? [];
  if (options.only === 'accelerated') return { ...result, ...fast, outcome: 'built', packages };
  const emulated = await emulatedBuild(job);
  if ('why' in emulated) return { ...result, ...fast, outcome: 'failed', packages, why: `emulated: ${emulated.why}` };
  const both = { ...result, ...fast, emulatedSeconds: emulated.seconds, packages: emulated.packages };
  if (accelerated === undefined) return { ...both, outcome: 'built' };
  const differences = await compareDebs(made, emulated.dir, union(packages, emulated.packages));
  if (differences.length === 0) return { ...both, outcome: 'identical' };
  return { ...both, differences, ...(await emulatedAgain(job, emulated, differences)) };
}

/** The kept one, or a new one, which is kept. */
async function emulatedBuild(job: Job): Promise<KeptBuild | { readonly why: string }> {
  const dir = await keptBuildDir(joinHost(job.base, 'emulated'), job);
  const kept = job.options.isAgain ? undefined : await readKeptBuild(dir);
  if (kept) return kept;
  const made = `${dir}.new` as HostPath;
  await fsp.rm(made, { recursive: true, force: true });
  const outcome = await build(job, 'emulated', made);
  if (outcome.kind === 'failed') return outcome;
  return keepBuild(made, dir, { seconds: outcome.seconds, packages: outcome.packages });
}

/** Where two emulated builds differ in the same files, the package does not build the same way twice. */
async function emulatedAgain(
  job: Job,
  first: KeptBuild,
  differences: readonly string[],
): Promise<Pick<PackageResult, 'outcome' | 'emulatedDifferences'>> {
  if (!job.options.isTwice) return { outcome: 'different' };
  const made = joinHost(job.base, 'again', job.source.name);
  await fsp.rm(made, { recursive: true, force: true });
  const second = await build(job, 'emulated', made);
  if (second.kind === 'failed') return { outcome: 'different', emulatedDifferences: [second.why] };
  const emulatedDifferences = await compareDebs(first.dir, made, union(first.packages, second.packages));
  const isUnstable = differences.every((line) => emulatedDifferences.includes(line));
  return { outcome: isUnstable ? 'unstable' : 'different', emulatedDifferences };
}

/** One at a time each way: while one process fills the cache with emulated builds, another may build accelerated. */
function build(job: Job, way: Way, into: HostPath): Promise<BuildOutcome> {
  const { base, root, row, source, options } = job;
  const duration = way === 'emulated' ? 'emulated, which takes minutes' : way;
  options.onProgress({ kind: 'phase', title: `building ${source.name} ${source.version}, ${duration}` });
  const log = joinHost(base, 'logs', `${source.name}.${way}.log`);
  const work = joinHost(base, `work-${way}`);
  const request = { root, row, source, isEmulated: way === 'emulated', work, into, log, signal: options.signal };
  return withLock(joinHost(base, `${way}.lock`), LOCK_WAIT_SECONDS, () => buildPackage(request));
}

function union(left: readonly string[], right: readonly string[]): string[] {
  return [...new Set([...left, ...right])].sort();
}
