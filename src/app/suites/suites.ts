/**
 * `npm run suites`: upstream test-suites against the programs of a build root, accelerated and emulated. No test may fail
 * accelerated that does not fail emulated. docs/packages.md says how it is done.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { parseStatus } from '../../adapters/buildroot/dpkg-database.ts';
import { fetchSource, type SourceTarball } from '../../adapters/donor/source-package.ts';
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { compareSuites, type TestDifference, type TestOutcome } from '../../core/suite-results.ts';
import { sameUpstream } from '../../core/versions.ts';
import { cacheDir, readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { withLock } from '../../os/lock.ts';
import { ARCH, makeRoot, prepareRoot, rootKey, SUITE } from '../packages/root.ts';
import type { ProgressSink } from '../progress.ts';
import { prepareSuite, removeSuite, runSuite, type PreparedSuite, type SuiteRun } from './run-suite.ts';
import { chooseSuites, type SuiteRow } from './table.ts';

export interface SuitesOptions {
  /** Rows of the table; all of them when empty. */
  readonly names: readonly string[];
  /** The tests that are run, in the suite's own words; the row's where absent. */
  readonly tests?: string;
  /** A build root, which is given an emul tree and a builder. Default: that of `npm run packages`. */
  readonly root?: HostPath;
  /** Runs emulated even where the results of such a run are kept. */
  readonly isAgain: boolean;
  /** Told of every suite as soon as it is done. */
  readonly onResult?: (result: SuiteResult) => void;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

export interface SuiteResult {
  readonly name: string;
  readonly version?: string;
  /** `failed`: a test fails that does not fail emulated, or the suite does not run. `missing`: no source of this version. */
  readonly outcome: 'passed' | 'failed' | 'missing';
  readonly emulated?: readonly TestOutcome[];
  readonly accelerated?: readonly TestOutcome[];
  readonly emulatedSeconds?: number;
  readonly acceleratedSeconds?: number;
  readonly starts?: NonNullable<SuiteRun['starts']>;
  readonly differences: readonly TestDifference[];
  readonly why?: string;
}

/** To be changed with anything in run-suite.ts that an emulated run depends on. */
const RECIPE = 1;
const LOCK_WAIT_SECONDS = 1;

/**
 * @returns a result for every suite that was asked for, in the table's order.
 * @throws UsageError for names that are not in the table; what bootstrap, install and run throw.
 */
export async function runSuites(options: SuitesOptions): Promise<SuiteResult[]> {
  const rows = chooseSuites(options.names);
  const base = joinHost(cacheDir(), 'packages');
  await withErrno(`make ${base}`, () => fsp.mkdir(joinHost(base, 'logs'), { recursive: true }));
  const root = options.root ?? joinHost(base, `${SUITE}-${ARCH.name}`);
  await withLock(joinHost(base, 'root.lock'), LOCK_WAIT_SECONDS, () => makeRoot(root, options));
  await prepareRoot(root, [], options);
  const results: SuiteResult[] = [];
  for (const row of rows) {
    const result = await withLock(joinHost(base, 'suite.lock'), LOCK_WAIT_SECONDS, () =>
      resultOf(row, { options, base, root }),
    );
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

interface Where {
  readonly options: SuitesOptions;
  readonly base: HostPath;
  readonly root: HostPath;
}

async function resultOf(row: SuiteRow, where: Where): Promise<SuiteResult> {
  const { options, base, root } = where;
  const blank = { name: row.name, differences: [] };
  const source = await findSource(row, where);
  if ('why' in source) return { ...blank, outcome: 'missing', why: source.why };
  const tests = options.tests ?? row.tests;
  const work = joinHost(base, 'work-suite');
  const suite = { root, work, signal: options.signal, row, logs: joinHost(base, 'logs'), ...(tests ? { tests } : {}) };
  const result = { ...blank, version: source.version };
  try {
    options.onProgress({ kind: 'phase', title: `preparing the test-suite of ${row.source} ${source.version}` });
    const why = await prepareSuite(suite, source.path);
    return { ...result, ...(why === undefined ? await bothWays(suite, source, where) : { outcome: 'failed', why }) };
  } finally {
    await removeSuite(suite);
  }
}

/** The upstream tarball of the guest's own version, of which the archive may serve another one by now. */
async function findSource(row: SuiteRow, where: Where): Promise<SourceTarball | { readonly why: string }> {
  const { options, root } = where;
  const status = joinHost(root, 'var/lib/dpkg/status');
  const packages = parseStatus(await withErrno(`read the packages of ${root}`, () => fsp.readFile(status, 'utf8')));
  const installed = packages.find(({ name }) => name === row.package)?.version;
  if (installed === undefined) return { why: `${row.package} is not installed in the root` };
  try {
    const want = { candidates: [row.source], signal: options.signal, onMissing: () => undefined };
    const source = await fetchSource({ root, arch: ARCH, suite: SUITE }, want);
    if (sameUpstream(`${source.version}-1`, installed)) return source;
    return { why: `the root has version ${installed}, the archive ${source.version}` };
  } catch (error) {
    if (error instanceof EnvironmentError && error.code === 'E_DOWNLOAD') return { why: error.why ?? error.what };
    throw error;
  }
}

async function bothWays(
  suite: PreparedSuite,
  source: SourceTarball,
  { options, base }: Where,
): Promise<Omit<SuiteResult, 'name'>> {
  const failed = { outcome: 'failed', differences: [] } as const;
  options.onProgress({ kind: 'phase', title: `${suite.row.name}: running it accelerated` });
  const fast = await runSuite(suite, 'accelerated');
  if ('why' in fast) return { ...failed, why: fast.why };
  const kept = await keptRun(joinHost(base, 'emulated-suites'), suite, source);
  const text = options.isAgain ? undefined : await readTextIfThere(kept);
  if (text === undefined) {
    options.onProgress({ kind: 'phase', title: `${suite.row.name}: running it emulated, which takes minutes` });
  }
  // Written by ourselves, and renamed when it is whole.
  const slow = text === undefined ? await runSuite(suite, 'emulated') : (JSON.parse(text) as SuiteRun);
  if ('why' in slow) return { ...failed, why: `emulated: ${slow.why}` };
  if (text === undefined) await writeAtomically(kept, JSON.stringify(slow));
  const differences = compareSuites(slow.outcomes, fast.outcomes);
  return {
    outcome: differences.some((one) => one.isRegression) ? 'failed' : 'passed',
    emulated: slow.outcomes,
    accelerated: fast.outcomes,
    emulatedSeconds: slow.seconds,
    acceleratedSeconds: fast.seconds,
    ...(fast.starts ? { starts: fast.starts } : {}),
    differences,
  };
}

/** Emulated runs take long and nothing of ours has a part in them: kept as long as root, source, tests and qemu are the same. */
async function keptRun(dir: HostPath, { root, row, tests }: PreparedSuite, source: SourceTarball): Promise<HostPath> {
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  const qemu = await sha256OfFile(findQemu(ARCH));
  const inputs = [RECIPE, await rootKey(root), source.sha256, row.prepare, row.test, tests ?? '', qemu];
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return joinHost(dir, `${row.name}_${source.version}-${key}.json`);
}
