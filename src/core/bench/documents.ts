/**
 * The blocks of README.md and docs/benchmarks.md that are made from results: between two comments, so that they can be made
 * anew, and a test can hold them against the newest results.
 */
import { UsageError } from '../errors.ts';
import type { BenchResult } from './result.ts';
import { contendersOf, ratioCell, spreadText, valueText, type CaseRow, type DatedRow } from './rows.ts';

/** Replaces what is between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
export function replaceBlock(page: string, name: string, content: string): string {
  const [start, end] = [`<!-- bench:${name} -->\n`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new UsageError({
      what: `there is no place for the table '${name}'`,
      why: `the page has no lines ${start.trim()} and ${end}`,
      fix: ['Put both lines where the table belongs'],
    });
  }
  return `${page.slice(0, from + start.length)}\n${content}\n${page.slice(to)}`;
}

/**
 * The README's: how long with and without, and how far from the limit.
 *
 * @param picture the chart, where there is one.
 */
export function summaryTable(
  rows: readonly DatedRow[],
  picture?: { readonly path: string; readonly title: string },
): string {
  const shown = rows.filter(
    ({ measured }) => measured.has('accel') && (measured.has('emulated') || measured.has('native')),
  );
  if (shown.length === 0) return NOTHING_YET;
  const limits = (['cross', 'native'] as const).filter((id) => shown.some(({ measured }) => measured.has(id)));
  const lines = shown.map((row) => [
    row.title,
    ...['emulated', 'accel', ...limits].map((id) => valueCell(row, id)),
    ratioCell(row, 'emulated', 'accel'),
    ratioCell(row, 'accel', 'native'),
  ]);
  const titles = [
    'case',
    'emulated',
    'accelerated',
    ...limits.map((id) => `the limit: ${id}`),
    'speed-up',
    'of native',
  ];
  const chart =
    picture === undefined ? '' : `<picture>\n  <img alt="${picture.title}" src="${picture.path}">\n</picture>\n\n`;
  return `${chart}${markdownTable([titles, ...lines])}${sourceLines(shown)}`;
}

/** The docs': every contender, with the spread. */
export function wholeTable(rows: readonly DatedRow[], order: readonly string[]): string {
  if (rows.length === 0) return NOTHING_YET;
  const contenders = contendersOf(rows, order);
  const lines = rows.map((row) => [row.title, ...contenders.map((id) => spreadCell(row, id))]);
  return `${markdownTable([['case', ...contenders.map((id) => `\`${id}\``)], ...lines])}${sourceLines(rows)}`;
}

/** Cases of the table that no result has. */
export function missingList(cases: readonly { readonly id: string; readonly title: string }[]): string {
  if (cases.length === 0) return 'Every case of the table has been measured.\n';
  return cases.map(({ id, title }) => `- ${title} (\`${id}\`)\n`).join('');
}

const NOTHING_YET = 'Nothing has been measured yet.\n';

function valueCell(row: CaseRow, contender: string): string {
  const cell = row.measured.get(contender);
  return cell === undefined ? '-' : valueText(cell, row.unit);
}

function spreadCell(row: CaseRow, contender: string): string {
  const cell = row.measured.get(contender);
  if (cell === undefined) return '-';
  const spread = spreadText(cell);
  return spread === '' ? valueText(cell, row.unit) : `${valueText(cell, row.unit)} (${spread})`;
}

/** Which runs the rows are from: most often one. */
function sourceLines(rows: readonly DatedRow[]): string {
  const runs = [...new Set(rows.map(({ run }) => run))];
  return runs.map((run) => `${sourceLine(run)}\n`).join('');
}

function sourceLine(run: BenchResult): string {
  const { machine, versions, tool, mode, startedAt } = run;
  const parts = [
    `${mode} run of ${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    `${String(machine.cpus)} x ${machine.cpu}`,
    machine.os,
    machine.kernel,
    `qemu ${versions['qemu'] ?? 'unknown'}`,
    `load ${machine.load.before.toFixed(1)} to ${machine.load.after.toFixed(1)}`,
    `qemu-accel ${tool.commit ?? tool.version}`,
  ];
  return `\n${parts.join(', ')}.`;
}

/** As prettier lays it out: every column as wide as its widest cell. */
function markdownTable(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines;
  const cells = lines.map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, at) => Math.max(3, ...cells.map((line) => (line[at] ?? '').length)));
  const row = (line: readonly string[]): string =>
    `| ${widths.map((width, at) => (line[at] ?? '') + ' '.repeat(width - (line[at] ?? '').length)).join(' | ')} |\n`;
  const [titles = [], ...rest] = cells;
  return [row(titles), row(widths.map((width) => '-'.repeat(width))), ...rest.map(row)].join('');
}
