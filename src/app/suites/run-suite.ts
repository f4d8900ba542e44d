/** One upstream test-suite in the build root: prepared once, then run either way from the same prepared tree. */
import { promises as fsp } from 'node:fs';
import { parseSuite, type TestOutcome } from '../../core/suite-results.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { parseTraceLine } from '../../core/trace.ts';
import { withErrno } from '../../os/fs.ts';
import { LOG, placeDir, removePlace, runInPlace, setUpPlace, type Place } from '../packages/place.ts';
import type { Way } from '../packages/packages.ts';
import type { SuiteRow } from './table.ts';

export interface PreparedSuite extends Place {
  readonly row: SuiteRow;
  /** What is run of it; all where absent. */
  readonly tests?: string;
  /** Where what each way prints is kept. */
  readonly logs: HostPath;
}

export interface SuiteRun {
  readonly seconds: number;
  readonly outcomes: readonly TestOutcome[];
  /** How often the program under test was started as a twin, and under qemu; of an accelerated run. */
  readonly starts?: { readonly accelerated: number; readonly emulated: number };
}

/** @returns why it could not be prepared: the last lines of what that printed. */
export async function prepareSuite(suite: PreparedSuite, tarball: HostPath): Promise<string | undefined> {
  await withErrno(`set up ${suite.work}`, () => setUpPlace(suite, [{ from: tarball, to: 'source.tar' }]));
  const unpack = 'mkdir build && tar -xf source.tar -C build --strip-components=1';
  const pack = 'tar -cf prepared.tar build';
  const script = `${unpack} && (cd build && ${suite.row.prepare}) && ${pack}`;
  const status = await runInPlace(suite, { script, isEmulated: false });
  if (status === 0) return undefined;
  return lastLines(await keepLog(suite, 'prepared'));
}

/** Removes what prepareSuite has made. */
export async function removeSuite(suite: PreparedSuite): Promise<void> {
  await removePlace(suite);
}

/** Unpacks the prepared tree anew and runs the suite in it. That tests fail is no failure of the run. */
export async function runSuite(suite: PreparedSuite, way: Way): Promise<SuiteRun | { readonly why: string }> {
  const isEmulated = way === 'emulated';
  const trace = joinHost(suite.work, 'suite.trace');
  const again = { script: 'chmod -R u+rwX build; rm -rf build; tar -xf prepared.tar', isEmulated: false };
  if ((await runInPlace(suite, again)) !== 0) return { why: lastLines(await keepLog(suite, way)) };
  await fsp.truncate(joinHost(placeDir(suite), LOG));
  const startMs = performance.now();
  const script = `tests='${suite.tests ?? ''}'; cd build && { ${suite.row.test}; }`;
  await runInPlace(suite, { script, isEmulated, ...(isEmulated ? {} : { trace }) });
  const seconds = (performance.now() - startMs) / 1000;
  const text = await keepLog(suite, way);
  const outcomes = parseSuite(suite.row.format, text);
  if (outcomes.length === 0) return { why: lastLines(text) };
  if (isEmulated) return { seconds, outcomes };
  return { seconds, outcomes, starts: await countStarts(trace, suite.row.tool) };
}

async function keepLog(suite: PreparedSuite, what: Way | 'prepared'): Promise<string> {
  const kept = joinHost(suite.logs, `${suite.row.name}-suite.${what}.log`);
  await withErrno('keep the log of the suite', () => fsp.copyFile(joinHost(placeDir(suite), LOG), kept));
  return fsp.readFile(kept, 'latin1');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-6).join('\n');
}

/** By the last part of the path: the suites call it by a link, too. */
async function countStarts(trace: HostPath, tool: string): Promise<NonNullable<SuiteRun['starts']>> {
  const counts = { accelerated: 0, emulated: 0 };
  const text = await withErrno('read the trace', () => fsp.readFile(trace, 'utf8'));
  for (const line of text.split('\n')) {
    const record = parseTraceLine(line);
    if (record?.path.split('/').at(-1) === tool) counts[record.how]++;
  }
  return counts;
}
