/** The table of `npm run bench`. */
import type { BenchCell, BenchResult } from '../core/bench/result.ts';
import { contendersOf, ratioCell, rowsOf, spreadText, valueText, type CaseRow } from '../core/bench/rows.ts';
import type { BenchCase } from '../app/bench/case.ts';
import type { Contender } from '../app/bench/contenders.ts';
import { renderTable, shortened } from './table.ts';

const COLUMNS = [
  { title: 'case' },
  { title: 'contender' },
  { title: 'median', align: 'right' },
  { title: 'spread', align: 'right' },
  { title: 'rounds', align: 'right' },
  { title: 'emulated takes', align: 'right' },
  { title: 'of native', align: 'right' },
  { title: 'memory', align: 'right' },
] as const;
const REASON_WIDTH = 100;

export function renderBench(result: BenchResult): string {
  const rows = rowsOf(result);
  const order = result.contenders.map(({ id }) => id);
  const contenders = contendersOf(rows, order);
  const table = renderTable(
    COLUMNS,
    rows.flatMap((row) => contenders.flatMap((contender) => lineOf(row, contender))),
  );
  const { machine, mode, startedAt, tool, versions } = result;
  const head = [
    `${mode} run of ${startedAt}, qemu-accel ${tool.commit ?? tool.version}, qemu ${versions['qemu'] ?? 'unknown'}`,
    `${String(machine.cpus)} x ${machine.cpu}, ${machine.os}, ${machine.kernel}, load ${machine.load.before.toFixed(1)}`,
  ];
  return [...head, '', table, ...reasons(rows)].join('\n');
}

/** One line, for while the others are still being measured. */
export function renderCase(each: BenchCase, cells: readonly BenchCell[]): string {
  const [row] = rowsOf({ cases: [each], cells: [...cells] });
  const figures = [...(row?.measured ?? [])].map(([contender, cell]) => `${contender} ${valueText(cell, each.unit)}`);
  const failed = [...(row?.missing ?? [])].filter(([, why]) => why.startsWith('failed: '));
  return `${each.id}: ${[...figures, ...failed.map(([contender]) => `${contender} FAILED`)].join(', ')}`;
}

/** `--list`. */
export function renderBenchTable(cases: readonly BenchCase[], contenders: readonly Contender[]): string {
  return [
    renderTable(
      [{ title: 'case' }, { title: 'what it measures' }],
      cases.map(({ id, what }) => [id, what]),
    ),
    renderTable(
      [{ title: 'contender' }, { title: 'what it is' }],
      contenders.map(({ id, what }) => [id, what]),
    ),
  ].join('\n');
}

function lineOf(row: CaseRow, contender: string): string[][] {
  const cell = row.measured.get(contender);
  if (cell === undefined) return [];
  return [
    [
      row.id,
      contender,
      valueText(cell, row.unit),
      spreadText(cell),
      String(cell.rounds.length),
      contender === 'emulated' ? '' : ratioCell(row, 'emulated', contender),
      contender === 'native' ? '' : ratioCell(row, contender, 'native'),
      cell.maxRssKib === undefined ? '' : `${(cell.maxRssKib / 1024).toFixed(0)} MiB`,
    ],
  ];
}

function reasons(rows: readonly CaseRow[]): string[] {
  return rows.flatMap(({ id, missing }) =>
    [...missing].map(([contender, why]) => `${id}, ${contender}: ${shortened(why, REASON_WIDTH)}`),
  );
}
