/** What `pack` says when it is done. */
import type { Packed } from '../app/pack.ts';
import { renderTable } from './table.ts';

const MIB = 1024 * 1024;

export function renderPacked({ packages, out }: Pick<Packed, 'packages' | 'out'>): string {
  const rows = packages.map(({ name, sizeBytes, installedBytes }) => [
    name,
    (sizeBytes / MIB).toFixed(1),
    (installedBytes / MIB).toFixed(1),
  ]);
  const columns = [
    { title: 'package' },
    { title: 'MiB', align: 'right' },
    { title: 'installed', align: 'right' },
  ] as const;
  return `${renderTable(columns, rows)}in ${out}\n`;
}
