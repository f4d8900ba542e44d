/** `npm run bench -- --write-docs`: tables and chart of the documents, from the newest results of each case. */
import { promises as fsp } from 'node:fs';
import { chartSvg } from '../../core/bench/chart.ts';
import { missingList, replaceBlock, summaryTable, targetTable, wholeTable } from '../../core/bench/documents.ts';
import { parseResult, type BenchResult } from '../../core/bench/result.ts';
import { newestRows, type DatedRow } from '../../core/bench/rows.ts';
import { verdictOf } from '../../core/bench/targets.ts';
import type { HostPath } from '../../core/paths.ts';
import { readJsonFiles, withErrno, writeAtomically } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import { CONTENDER_IDS } from './case.ts';
import { CASES } from './cases.ts';
import { TARGETS } from './target-table.ts';

/** What a reader of the README wants to see at a glance: one or two of each kind. */
const SUMMARY_CASES = [
  ...[
    'exec-true',
    'shell-loop',
    'configure',
    'make',
    'compile-c',
    'many-small-cxx',
    'link-lto',
    'autoreconf',
    'debhelper',
  ],
  ...['meson', 'dpkg-install', 'package-hostname', 'package-libarray-refelem-perl', 'package-gzip', 'bootstrap'],
  'memory-sed',
];
/** The other version of qemu is for docs/benchmarks.md. */
const SUMMARY_CONTENDERS = CONTENDER_IDS.filter((id) => id !== 'emulated-guest-qemu');
const CHARTED_CASES = ['exec-true', 'shell-loop', 'configure', 'make', 'compile-c', 'debhelper', 'package-hostname'];
const CHARTED = [
  { id: 'emulated', title: 'emulated' },
  { id: 'accel', title: 'accelerated' },
  { id: 'native', title: 'native' },
];
const CHART = 'docs/images/bench.svg';
const TITLE = 'A Debian trixie arm64 build root, and a native one: less is better';

type Page = 'README.md' | 'docs/benchmarks.md';

/** Paths below the checkout, and what is to be in them; a page is given as it is now. */
export function documentsOf(
  runs: readonly BenchResult[],
  pages: Readonly<Record<Page, string>>,
): Readonly<Record<string, string>> {
  const rows = newestRows(
    runs,
    CASES.map(({ id }) => id),
  );
  const charted = rows.filter(
    ({ id, measured }) => CHARTED_CASES.includes(id) && CHARTED.every((one) => measured.has(one.id)),
  );
  const picture = charted.length === 0 ? undefined : { path: CHART, title: TITLE };
  const summary = summaryTable(rows, { cases: SUMMARY_CASES, order: SUMMARY_CONTENDERS }, picture);
  return {
    'README.md': replaceBlock(pages['README.md'], 'summary', summary),
    'docs/benchmarks.md': Object.entries(blocksOf(rows)).reduce(
      (page, [name, text]) => replaceBlock(page, name, text),
      pages['docs/benchmarks.md'],
    ),
    ...(picture === undefined
      ? {}
      : { [CHART]: chartSvg({ title: TITLE, rows: charted, contenders: CHARTED, base: 'emulated' }) }),
  };
}

/** Those of docs/benchmarks.md. */
function blocksOf(rows: readonly DatedRow[]): Readonly<Record<string, string>> {
  return {
    targets: targetTable(TARGETS.map((target) => verdictOf(target, rows))),
    all: wholeTable(rows, CONTENDER_IDS),
    missing: missingList(CASES.filter(({ id }) => !rows.some((row) => row.id === id))),
  };
}

/**
 * @param dir the directory of the results.
 * @returns the paths of the files that are written.
 * @throws UsageError E_USAGE for a file there that is no result, and for a page without its place for a table.
 */
export async function writeDocs(dir: HostPath): Promise<string[]> {
  const read = (path: string): Promise<string> =>
    withErrno(`read ${path}`, () => fsp.readFile(projectPath(path), 'utf8'));
  const pages = { 'README.md': await read('README.md'), 'docs/benchmarks.md': await read('docs/benchmarks.md') };
  const documents = Object.entries(documentsOf(await readResults(dir), pages));
  for (const [path, text] of documents) await writeAtomically(projectPath(path), text);
  return documents.map(([path]) => path);
}

/** Every result in the directory; none where it does not exist. */
export function readResults(dir: HostPath): Promise<BenchResult[]> {
  return readJsonFiles(dir, parseResult);
}
