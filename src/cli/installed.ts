/** What `install` and `refresh` say when they are done. */
import type { Installed } from '../app/install.ts';
import { EMULATED_REASONS, type EmulatedReason } from '../core/model.ts';
import { counted, renderTable } from './table.ts';

const MIB = 1024 * 1024;

export function renderInstalled(result: Installed): string {
  const { root, osName, arch, accelerated, libraries, sizeBytes } = result;
  const done = result.isDryRun ? 'would be accelerated' : 'accelerated';
  const lines = [
    `${osName}, ${arch}, in ${root}`,
    `${String(accelerated)} programs ${done}, with ${String(libraries)} libraries, ${mib(sizeBytes)}${originOf(result)}`,
    ...result.otherRevisions.map(({ note, twins }) => `${counted(twins, 'twin')} of another revision: ${note}`),
    `${String(result.emulated.length)} programs stay emulated${result.emulated.length === 0 ? '' : ':'}`,
  ];
  const reasons = (Object.entries(result.emulatedByReason) as [EmulatedReason, number][])
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => [String(count), EMULATED_REASONS[reason]]);
  const table = reasons.length === 0 ? '' : renderTable([{ title: '', align: 'right' }, { title: '' }], reasons);
  return `${lines.join('\n')}\n${table}`;
}

function originOf(result: Installed): string {
  if (result.isDryRun) return '';
  if (result.written === 0) return '; nothing had to be written';
  return result.fromCache ? ', from the cache' : `, made from ${result.donor}`;
}

function mib(sizeBytes: number): string {
  return `${(sizeBytes / MIB).toFixed(0)} MiB`;
}
