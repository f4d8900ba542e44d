/** The table of `npm run packages`. */
import type { PackageResult } from '../app/packages/result.ts';
import type { PackageRow } from '../app/packages/table.ts';
import { renderTable } from './table.ts';

const COLUMNS = [
  { title: 'package' },
  { title: 'kind' },
  { title: 'emulated', align: 'right' },
  { title: 'accelerated', align: 'right' },
  { title: 'speed-up', align: 'right' },
  { title: 'native', align: 'right' },
  { title: 'in qemu', align: 'right' },
  { title: 'packages' },
] as const;

/** At most this many lines of differences a package. */
const SHOWN_DIFFERENCES = 20;

export function renderPackages(results: readonly PackageResult[]): string {
  const notes = results.flatMap(notesOf).map((line) => `${line}\n`);
  const parts = [renderTable(COLUMNS, results.map(rowOf)), notes.join(''), summary(results)];
  return parts.filter((part) => part !== '').join('\n');
}

/** One line, for while the others are still being built. */
export function renderPackage(result: PackageResult): string {
  const [name = '', , emulated = '', accelerated = '', speedUp = '', , , outcome = ''] = rowOf(result);
  return `${name}: emulated ${emulated}, accelerated ${accelerated}, ${speedUp}; ${outcome}`;
}

function rowOf(result: PackageResult): string[] {
  const { acceleratedSeconds: fast, emulatedSeconds: slow, programs } = result;
  return [
    result.version === undefined ? result.name : `${result.name} ${result.version}`,
    result.kind,
    seconds(slow),
    seconds(fast),
    fast === undefined || slow === undefined ? '-' : `${(slow / fast).toFixed(1)}x`,
    programs === undefined ? '-' : String(programs.accelerated),
    programs === undefined ? '-' : String(programs.emulated),
    outcomeOf(result),
  ];
}

function outcomeOf({ outcome, packages }: PackageResult): string {
  const count = String(packages.length);
  const words: Record<PackageResult['outcome'], string> = {
    identical: `${count} identical`,
    different: `${count}, DIFFERENT`,
    unstable: `${count}, as different as two emulated builds`,
    built: count,
    failed: 'FAILED',
    missing: 'no source',
  };
  return words[outcome];
}

function notesOf(result: PackageResult): string[] {
  const { name, why, differences, emulatedDifferences } = result;
  return [
    ...(why === undefined ? [] : [`${name}: ${why}`]),
    ...listed(`${name}, accelerated and emulated:`, differences),
    ...(emulatedDifferences === undefined ? [] : listed(`${name}, emulated twice:`, emulatedDifferences)),
  ];
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - SHOWN_DIFFERENCES;
  return [title, ...lines.slice(0, SHOWN_DIFFERENCES), ...(more > 0 ? [`and ${String(more)} more`] : [])].map(
    (line, at) => (at === 0 ? line : `  ${line}`),
  );
}

function summary(results: readonly PackageResult[]): string {
  const count = (outcome: PackageResult['outcome']): number => results.filter((one) => one.outcome === outcome).length;
  const parts = (['identical', 'different', 'unstable', 'built', 'failed', 'missing'] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${String(count(outcome))} ${outcome}`);
  return `${String(results.length)} source packages: ${parts.join(', ')}\n`;
}

/** `--list`. */
export function renderTableOfPackages(rows: readonly PackageRow[]): string {
  return renderTable(
    [{ title: 'package' }, { title: 'kind' }, { title: 'why' }],
    rows.map((row) => [row.name, row.kind, row.why]),
  );
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(1)} s`;
}
