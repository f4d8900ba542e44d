/** What building a source package both ways has shown, as data: printed as a table, written as JSON. */
import type { ProgramCounts } from '../program-counts.ts';
import type { PackageRow } from './table.ts';

export interface PackageResult {
  readonly name: string;
  readonly kind: string;
  /** Absent where the archive does not serve the source. */
  readonly version?: string;
  /**
   * `identical`: both builds, all packages have the same bytes. `built`: one way only was asked for. `missing`: the
   * archive does not serve its source. `unstable`: they differ, but only where two emulated builds differ, too.
   */
  readonly outcome: 'identical' | 'different' | 'unstable' | 'built' | 'failed' | 'missing';
  readonly acceleratedSeconds?: number;
  readonly emulatedSeconds?: number;
  readonly programs?: ProgramCounts;
  /** Names of the .deb and .udeb files. */
  readonly packages: readonly string[];
  /** One line each: which package, which part of it, which file. */
  readonly differences: readonly string[];
  /** The same between two emulated builds; absent where that was not asked for. */
  readonly emulatedDifferences?: readonly string[];
  /** Why it failed or is missing. */
  readonly why?: string;
}

export function blankResult(row: PackageRow): Pick<PackageResult, 'name' | 'kind' | 'packages' | 'differences'> {
  return { name: row.name, kind: row.kind, packages: [], differences: [] };
}
