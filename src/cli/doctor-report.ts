/** What `doctor` says: a line for each check, and below a finding its details, why it matters and the fix. */
import type { Checkup, RepairRecord } from '../app/doctor.ts';
import type { CheckResult } from '../core/doctor/model.ts';
import type { Palette } from './style.ts';
import { displayWidth } from './table.ts';

export function renderCheckup({ checks, repairs }: Checkup, palette: Palette): string {
  const width = Math.max(...checks.map(({ title }) => displayWidth(title)));
  const lines = checks.flatMap((check) => checkLines(check, width, palette));
  const count = (status: CheckResult['status']): number => checks.filter((check) => check.status === status).length;
  const unseen = count('unknown') === 0 ? '' : `, ${String(count('unknown'))} could not be seen`;
  const end = `${findings(count('finding'))} in ${String(checks.length)} checks${unseen}`;
  return `${[...lines, ...repairs.map((record) => repairLine(record, palette)), '', end].join('\n')}\n`;
}

function checkLines(check: CheckResult, width: number, palette: Palette): string[] {
  const { status, title, what, details, why, fix } = check;
  const marks = { ok: palette.green('✓'), finding: palette.red('✗'), unknown: palette.yellow('?') };
  const head = `${marks[status]} ${title}${' '.repeat(width - displayWidth(title))}  ${what}`;
  if (status !== 'finding') return [head];
  return [
    head,
    ...details.map((line) => `    ${line}`),
    `    ${palette.dim(`it matters because ${why}`)}`,
    ...fix.map((line, at) => `    ${at === 0 ? palette.bold('fix:') : '    '} ${line}`),
  ];
}

function repairLine({ id, what, outcome, why }: RepairRecord, palette: Palette): string {
  const words = {
    done: palette.green('done'),
    declined: palette.yellow('not done: it was not agreed to'),
    failed: palette.red(`failed: ${why ?? ''}`),
  };
  return `${palette.bold('repair')} ${id}: ${what}: ${words[outcome]}`;
}

function findings(count: number): string {
  if (count === 0) return 'no finding';
  return count === 1 ? '1 finding' : `${String(count)} findings`;
}
