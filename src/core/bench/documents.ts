/**
 * The blocks of README.md and docs/benchmarks.md that are made from results: between two comments, so that they can be made
 * anew, and a test can hold them against the newest results.
 */
import { UsageError } from '../errors.ts';
import type { BenchResult } from './result.ts';
import { contendersOf, ratioCell, spreadText, valueText, type CaseRow, type DatedRow } from './rows.ts';
import type { Verdict } from './targets.ts';

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
 * The README's: how long it takes with qemu-accel, and how many times as long with each of the others.
 *
 * @param cases those that are shown, by id.
 * @param picture the chart, where there is one.
 */
export function summaryTable(
  rows: readonly DatedRow[],
  shown: { readonly cases: readonly string[]; readonly order: readonly string[] },
  picture?: { readonly path: string; readonly title: string },
): string {
  const chosen = rows.filter(({ id, measured }) => shown.cases.includes(id) && measured.has(OURS) && measured.size > 1);
  if (chosen.length === 0) return NOTHING_YET;
  const others = contendersOf(chosen, shown.order).filter((id) => id !== OURS);
  const lines = chosen.map((row) => [row.title, valueCell(row, OURS), ...others.map((id) => ratioCell(row, id, OURS))]);
  const titles = ['', 'qemu-accel', ...others.map((id) => `\`${id}\``)];
  const chart =
    picture === undefined ? '' : `<picture>\n  <img alt="${picture.title}" src="${picture.path}">\n</picture>\n\n`;
  return `${chart}${markdownTable([titles, ...lines])}${sourceLines(chosen)}`;
}

/** What the benchmark is to show, and whether it does; below, why not. */
export function targetTable(verdicts: readonly Verdict[]): string {
  if (verdicts.every(({ state }) => state === 'not measured')) return NOTHING_YET;
  const lines = verdicts.map(({ target, figure, state }) => [target.title, figure, state]);
  const reasons = verdicts
    .filter(({ state }) => state === 'missed')
    .map(({ target }) => `\n**${target.title}.** ${target.whenMissed}\n`);
  return `${markdownTable([['target', 'measured', ''], ...lines])}${reasons.join('')}`;
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

const OURS = 'accel';
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
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines;
  const cells = lines.map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, at) => Math.max(3, ...cells.map((line) => (line[at] ?? '').length)));
  const row = (line: readonly string[]): string =>
    `| ${widths.map((width, at) => (line[at] ?? '') + ' '.repeat(width - (line[at] ?? '').length)).join(' | ')} |\n`;
  const [titles = [], ...rest] = cells;
  return [row(titles), row(widths.map((width) => '-'.repeat(width))), ...rest.map(row)].join('');
}
